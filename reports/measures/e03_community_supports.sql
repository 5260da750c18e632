-- Lines of Community Supports; members are counted once for each service.
SELECT person_id, episode_id, facility_id, service_date AS anchor_on,
       plan_code,
       true AS members,
       [service] AS community_support
FROM after_release
WHERE kind = 'CS'
