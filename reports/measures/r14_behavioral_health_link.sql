-- Releases of people with a serious mental illness or a substance use disorder, and their link.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       coalesce(linked_on <= released_on, false) AS linked_by_release,
       by_day(linked_on <= released_on + $link_days, released_on + $link_days, $as_of) AS linked,
       CASE WHEN linked_on <= released_on + $link_days THEN days_until(released_on, linked_on) END
           AS link_days
FROM releases
JOIN (
    SELECT DISTINCT episode_id FROM conditions
    WHERE qualifying_condition IN
        ('serious_mental_illness', 'substance_use_disorder', 'opioid_use_disorder')
) AS identified USING (episode_id)
LEFT JOIN (
    SELECT episode_id, min(occurred_on) AS linked_on
    FROM milestones WHERE milestone = 'behavioral_health_link' GROUP BY episode_id
) AS links USING (episode_id)
