-- Who was served while an activation was in force; people are counted once, however often served.
SELECT delivered.person_id, delivered.episode_id, delivered.facility_id,
       min(service_date) AS anchor_on, service_category,
       true AS served
FROM delivered
WHERE EXISTS (
    FROM activated
    WHERE activated.person_id = delivered.person_id
      AND service_date BETWEEN activated_on AND in_force_until
)
GROUP BY delivered.person_id, delivered.episode_id, delivered.facility_id, service_category,
         date_trunc('month', service_date), service_date >= $starts_on, service_date > $ends_on
