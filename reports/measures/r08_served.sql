-- People with an activation in force, month by month, and what they received while it was.
SELECT activated.person_id, activated.episode_id, activated.facility_id,
       months.starts_on AS anchor_on,
       count(service_date) > 0 AS served,
       list_sort(list(DISTINCT service_category) FILTER (service_category IS NOT NULL)) AS category
FROM activated
JOIN months
  ON activated.activated_on <= months.ends_on AND activated.in_force_until >= months.starts_on
LEFT JOIN delivered
  ON delivered.person_id = activated.person_id
 AND service_date BETWEEN greatest(activated_on, months.starts_on)
                      AND least(in_force_until, months.ends_on)
GROUP BY activated.person_id, activated.episode_id, activated.facility_id, activated_on,
         months.starts_on
