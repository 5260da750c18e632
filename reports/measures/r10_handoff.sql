-- Releases with a finished care plan, and the warm handoff between the two managers.
WITH managers AS (
    SELECT episode_id,
           max(manager_staff_id) FILTER (phase = 'pre_release') AS staff_before,
           max(manager_staff_id) FILTER (phase = 'post_release') AS staff_after,
           max(manager_npi) FILTER (phase = 'pre_release') AS npi_before,
           max(manager_npi) FILTER (phase = 'post_release') AS npi_after,
           count(*) FILTER (phase = 'post_release') AS managers_after
    FROM care_managers JOIN stays USING (stay_id)
    WHERE assigned_on <= $as_of
    GROUP BY episode_id
),
handed AS (
    SELECT releases.*, handed_on,
           CASE WHEN coalesce(managers_after, 0) = 0 THEN 'unknown'
                WHEN staff_before = staff_after OR npi_before = npi_after THEN 'exempt' END
               AS without_handoff
    FROM releases
    LEFT JOIN managers USING (episode_id)
    LEFT JOIN (
        SELECT episode_id, min(occurred_on) AS handed_on
        FROM milestones WHERE milestone = 'warm_handoff' GROUP BY episode_id
    ) AS handoffs USING (episode_id)
    WHERE activated_on IS NOT NULL
      AND done_by(releases.episode_id, 'care_plan_finalized', releases.released_on)
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       coalesce(without_handoff, CASE WHEN is_short_term THEN 'exempt' END,
                coalesce(handed_on <= released_on, false)::VARCHAR) AS held,
       coalesce(without_handoff, CASE WHEN is_short_term THEN 'exempt' END,
                coalesce(handed_on <= released_on - $handoff_days, false)::VARCHAR)
           AS held_early,
       coalesce(without_handoff, CASE WHEN NOT is_short_term THEN 'exempt' END,
                by_day(handed_on <= released_on + $late_days, released_on + $late_days, $as_of))
           AS held_short_term
FROM handed
