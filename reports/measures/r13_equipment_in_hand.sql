-- Releases with equipment ordered, and whether it was handed over.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       done_by(releases.episode_id, 'dme_supplied', releases.released_on) AS in_hand
FROM releases
JOIN (
    SELECT DISTINCT episode_id FROM ordered
    WHERE order_type = 'dme' AND order_status <> 'stopped'
) AS equipment USING (episode_id)
