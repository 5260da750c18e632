-- Claims as they first went out, and what the payer made of them at the first attempt.
SELECT person_id, episode_id, facility_id, sent_on AS anchor_on,
       true AS claims,
       charge_amount AS charged,
       CASE WHEN is_answered THEN coalesce(first_pass::VARCHAR, 'exempt') ELSE 'open' END
           AS first_pass,
       CASE WHEN NOT is_answered THEN 'open'
            ELSE coalesce(initial_denial_zero_pay::VARCHAR, 'exempt') END AS denied,
       CASE WHEN is_answered THEN (state = 'rejected')::VARCHAR ELSE 'open' END AS rejected
FROM claims_sent
