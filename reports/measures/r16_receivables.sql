-- The account of every line in effect as of the as-of day, whenever it was sent.
SELECT person_id, episode_id, facility_id, $ends_on::DATE AS anchor_on,
       service_category, days_out, service_month,
       charge_amount AS charged, paid_amount AS paid, adjusted_amount AS adjusted,
       denied_amount AS denied, open_amount AS still_open, recovered_amount AS recovered
FROM lines_owed
