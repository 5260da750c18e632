-- Lines in effect, and what the payer made of each.
SELECT person_id, episode_id, facility_id, sent_on AS anchor_on,
       service_category,
       true AS lines,
       CASE WHEN remitted_on IS NULL THEN 'open' ELSE (state = 'paid')::VARCHAR END AS paid_lines,
       CASE WHEN remitted_on IS NULL THEN 'open' ELSE (state = 'denied')::VARCHAR END
           AS denied_lines,
       days_to_pay,
       coalesce(categories, ['unknown']) AS category
FROM lines_owed
LEFT JOIN (
    SELECT submission_id, line_ordinal, list_sort(list(DISTINCT category)) AS categories
    FROM denials
    GROUP BY submission_id, line_ordinal
) AS reasons USING (submission_id, line_ordinal)
