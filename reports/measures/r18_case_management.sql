-- Releases after an activation, with case management before and after.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       before.episode_id IS NOT NULL AS before_release,
       by_day(after_on <= released_on + $after_days, released_on + $after_days, $as_of)
           AS after_release
FROM releases
LEFT JOIN (
    SELECT DISTINCT episode_id FROM delivered WHERE service_category = 'case_management'
    UNION
    SELECT episode_id FROM milestones JOIN releases USING (episode_id)
    WHERE milestone IN ('first_meeting', 'needs_assessment', 'care_plan_finalized')
      AND occurred_on <= released_on
) AS before USING (episode_id)
LEFT JOIN (
    SELECT episode_id, min(occurred_on) AS after_on
    FROM (
        SELECT episode_id, occurred_on FROM milestones JOIN releases USING (episode_id)
        WHERE milestone IN ('follow_up', 'ecm_enrolled', 'ecm_contact')
          AND occurred_on > released_on
        UNION ALL
        SELECT episode_id, service_date FROM after_release WHERE kind = 'ECM' AND NOT is_outreach
    )
    GROUP BY episode_id
) AS after USING (episode_id)
WHERE activated_on IS NOT NULL
