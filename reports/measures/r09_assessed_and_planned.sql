-- Releases after an activation, and how far care management had come.
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       done_by(releases.episode_id, 'needs_assessment', releases.released_on) AS assessed,
       done_by(releases.episode_id, 'care_plan_finalized', releases.released_on) AS planned,
       done_by(releases.episode_id, 'care_plan_shared_with_plan', releases.released_on)
           AS shared_with_plan
FROM releases
WHERE activated_on IS NOT NULL
