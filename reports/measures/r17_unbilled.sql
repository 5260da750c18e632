-- Signed service lines, and whether a claim for them has gone out.
SELECT person_id, episode_id, facility_id, service_date AS anchor_on, service_category,
       NOT is_billed AS unbilled,
       [verdict] AS verdict
FROM delivered
WHERE note_status = 'signed'
