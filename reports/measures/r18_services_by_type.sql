-- Service lines given while an activation was in force.
SELECT delivered.person_id, delivered.episode_id, delivered.facility_id,
       service_date AS anchor_on, service_category,
       true AS services,
       [service_category] AS service_type
FROM delivered
WHERE EXISTS (
    FROM activated
    WHERE activated.person_id = delivered.person_id
      AND service_date BETWEEN activated_on AND in_force_until
)
