-- Lines in effect: what each charged, and where the dollars are.
SELECT person_id, episode_id, facility_id, sent_on AS anchor_on,
       service_category,
       charge_amount AS charged, paid_amount AS paid, adjusted_amount AS adjusted,
       denied_amount AS denied, open_amount AS still_open
FROM lines_owed
