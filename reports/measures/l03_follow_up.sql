-- Releases after an activation, and the follow-up.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       by_day(followed_on <= released_on + $follow_days, released_on + $follow_days, $as_of)
           AS followed,
       CASE WHEN followed_on <= released_on + $follow_days THEN followed_on - released_on END
           AS follow_up_days
FROM releases
LEFT JOIN (
    SELECT episode_id, min(occurred_on) AS followed_on
    FROM milestones JOIN releases USING (episode_id)
    WHERE milestone = 'follow_up' AND occurred_on >= released_on
    GROUP BY episode_id
) AS follow_ups USING (episode_id)
WHERE activated_on IS NOT NULL
