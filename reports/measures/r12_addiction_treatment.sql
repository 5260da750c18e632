-- Releases of people with a substance use disorder, their treatment and their naloxone.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       done_by(releases.episode_id, 'mat_started', releases.released_on) OR treated.episode_id IS NOT NULL
           AS treated,
       done_by(releases.episode_id, 'naloxone_supplied', releases.released_on)
           OR rescued.episode_id IS NOT NULL AS naloxone
FROM releases
JOIN (
    SELECT DISTINCT episode_id FROM conditions
    WHERE qualifying_condition IN ('substance_use_disorder', 'opioid_use_disorder')
) AS identified USING (episode_id)
LEFT JOIN (SELECT DISTINCT episode_id FROM delivered WHERE service_category = 'mat') AS treated
  USING (episode_id)
LEFT JOIN (
    SELECT DISTINCT episode_id
    FROM pharmacy_fills JOIN stays USING (stay_id) JOIN naloxone USING (ndc)
    WHERE handed_over_on <= $as_of
) AS rescued USING (episode_id)
