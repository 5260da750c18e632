-- Applications, each on the day the county received it.
SELECT person_id, episode_id, facility_id, received_on AS anchor_on,
       decision = 'approved' AS approved,
       CASE WHEN decision = 'pending' THEN 'open' ELSE (decision = 'approved')::VARCHAR END
           AS approved_of_decided,
       CASE WHEN decision <> 'pending' THEN decided_on - received_on END AS decision_days
FROM applied
