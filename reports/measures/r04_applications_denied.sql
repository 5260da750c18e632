-- Applications, denied and why, or pending for long.
SELECT person_id, episode_id, facility_id, received_on AS anchor_on,
       decision = 'denied' AS denied,
       decision = 'pending' AS pending,
       decision = 'pending' AND received_on + $pending_days < $as_of AS pending_long,
       [coalesce(denial_reason_code, 'unknown')] AS denial_reason
FROM applied
