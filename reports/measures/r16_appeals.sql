-- Appeals of denials, and what was decided of them.
SELECT person_id, episode_id, facility_id, moved_on AS anchor_on,
       CASE WHEN state IN ('overturned', 'upheld') THEN (state = 'overturned')::VARCHAR
            WHEN is_open THEN 'open' ELSE 'exempt' END AS overturned
FROM disputes
LEFT JOIN claim_owners USING (claim_id)
WHERE kind = 'appeal'
