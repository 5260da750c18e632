-- Services of enhanced care management, outreach left aside; members are counted once.
SELECT person_id, episode_id, facility_id, service_date AS anchor_on,
       plan_code,
       true AS members,
       [coalesce(population_of_focus, 'unknown')] AS population_of_focus,
       [strftime(service_date, '%Y-%m') || ' ' || coalesce(population_of_focus, 'unknown')]
           AS population_by_month
FROM after_release
WHERE kind = 'ECM' AND NOT is_outreach
