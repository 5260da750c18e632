-- Releases after care management in custody, and the months after release with ECM in them.
WITH managed AS (
    SELECT releases.* FROM releases
    WHERE activated_on IS NOT NULL AND EXISTS (
        FROM milestones
        WHERE milestones.episode_id = releases.episode_id
          AND milestone IN ('first_meeting', 'needs_assessment', 'care_plan_finalized')
          AND occurred_on <= releases.released_on
    )
),
seen AS (
    SELECT episode_id, list(DISTINCT 1 + datesub('month', released_on, service_date)) AS months
    FROM managed JOIN after_release USING (episode_id)
    WHERE kind = 'ECM' AND NOT is_outreach
    GROUP BY episode_id
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       by_day(list_contains(months, 1), (released_on + INTERVAL 1 MONTH)::DATE - 1, $as_of)
           AS month_1,
       by_day(list_contains(months, 2), (released_on + INTERVAL 2 MONTH)::DATE - 1, $as_of)
           AS month_2,
       by_day(list_contains(months, 3), (released_on + INTERVAL 3 MONTH)::DATE - 1, $as_of)
           AS month_3,
       by_day(list_contains(months, 6), (released_on + INTERVAL 6 MONTH)::DATE - 1, $as_of)
           AS month_6,
       by_day(list_contains(months, 9), (released_on + INTERVAL 9 MONTH)::DATE - 1, $as_of)
           AS month_9,
       by_day(list_contains(months, 12), (released_on + INTERVAL 12 MONTH)::DATE - 1, $as_of)
           AS month_12
FROM managed LEFT JOIN seen USING (episode_id)
