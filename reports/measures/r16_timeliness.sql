-- Claims as they first went out: how soon after the service, and by the last day for all of the pay.
SELECT person_id, episode_id, facility_id, sent_on AS anchor_on,
       sent_on <= deadline_on AS in_time,
       sent_on - service_date AS sending_days
FROM claims_sent
