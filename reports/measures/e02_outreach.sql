-- Attempts of outreach.
SELECT person_id, episode_id, facility_id, service_date AS anchor_on,
       plan_code,
       true AS attempts,
       [coalesce(outreach_outcome, 'unknown')] AS outcome
FROM after_release
WHERE kind = 'ECM' AND is_outreach
