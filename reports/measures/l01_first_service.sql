-- Activations, and the first service while each was in force.
SELECT activated.person_id, activated.episode_id, activated.facility_id, activated_on AS anchor_on,
       by_day(min(service_date) IS NOT NULL, in_force_until, $as_of) AS served,
       min(service_date) - activated_on AS first_service_days
FROM activated
LEFT JOIN delivered
  ON delivered.person_id = activated.person_id
 AND service_date BETWEEN activated_on AND in_force_until
GROUP BY activated.person_id, activated.episode_id, activated.facility_id, activated_on,
         in_force_until
