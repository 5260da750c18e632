-- Episodes in which somebody became eligible, and the first activation after that.
WITH eligible AS (
    SELECT episode_id, min(screened_on) AS eligible_on
    FROM screened
    WHERE screening_type = 'pre_release_access' AND NOT declined AND outcome = 'meets'
    GROUP BY episode_id
    UNION
    SELECT episode_id, booked_on
    FROM episodes JOIN facilities ON facilities.facility_id = booked_facility_id
    WHERE facility_type = 'youth_correctional'
)
SELECT person_id, episode_id, facility_id, eligible_on AS anchor_on,
       activated_on IS NOT NULL AS activated,
       days_until(eligible_on, activated_on) AS activation_days,
       days_until(activated_on, released_on) AS days_left
FROM (SELECT episode_id, min(eligible_on) AS eligible_on FROM eligible GROUP BY episode_id) AS since
JOIN episodes USING (episode_id)
LEFT JOIN (
    SELECT episode_id, min(activated_on) AS activated_on FROM activated GROUP BY episode_id
) AS clock USING (episode_id)
