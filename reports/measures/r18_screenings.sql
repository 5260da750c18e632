-- Screenings that were not declined.
SELECT person_id, episode_id, facility_id, screened_on AS anchor_on,
       true AS screenings,
       [screening_type] AS screening_type
FROM screened
WHERE NOT declined
