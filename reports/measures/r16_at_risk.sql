-- What is not paid and ends with a deadline: to be sent, held, or denied.
SELECT coalesce(exposures.person_id, claims.person_id, claim_owners.person_id) AS person_id,
       episode_id,
       coalesce(exposures.facility_id, claims.facility_id, claim_owners.facility_id) AS facility_id,
       $ends_on::DATE AS anchor_on,
       replace(kind, ' ', '_') AS kind, due,
       true AS waiting,
       charge_amount AS at_risk
FROM exposures
LEFT JOIN claims USING (claim_id)
LEFT JOIN claim_owners USING (claim_id)
