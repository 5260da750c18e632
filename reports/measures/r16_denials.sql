-- Reasons of denials of lines in effect, each with its dollars.
SELECT coalesce(denials.person_id, owners.person_id) AS person_id,
       owners.episode_id, coalesce(denials.facility_id, owners.facility_id) AS facility_id,
       coalesce(remitted_on, $ends_on) AS anchor_on,
       service_category, category, owner, next_step,
       true AS denials,
       amount AS denied,
       CASE predicted WHEN 'not_covered_by_edits' THEN 'exempt'
                      ELSE (predicted = 'predicted')::VARCHAR END AS foreseen
FROM denials
LEFT JOIN lines_sent AS owners USING (submission_id, line_ordinal)
