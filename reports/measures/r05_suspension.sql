-- Releases of people whose Medi-Cal was suspended in the episode, and the day it came back.
WITH suspended AS (
    SELECT releases.episode_id, releases.person_id, releases.facility_id, booked_on, released_on,
           min(occurred_on) AS suspended_on
    FROM releases JOIN enrollment_timeline AS told USING (episode_id)
    WHERE told.event IN ('suspended', 'coverage_suspended')
      AND occurred_on BETWEEN booked_on AND released_on
    GROUP BY ALL
),
restored AS (
    SELECT episode_id, min(occurred_on) AS restored_on
    FROM suspended JOIN enrollment_timeline AS told USING (episode_id)
    WHERE told.event IN ('unsuspended', 'covered')
      AND occurred_on > suspended_on AND occurred_on <= $as_of
    GROUP BY episode_id
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       suspended_on >= booked_on + $suspension_days AS suspended_after_28_days,
       coalesce(restored_on <= released_on, false) AS unsuspended_on_release,
       days_until(released_on, restored_on) AS unsuspension_days
FROM suspended LEFT JOIN restored USING (episode_id)
