-- Bundles of care management by the release that they are about, as far as they are done.
SELECT person_id, episode_id, facility_id, release_on AS anchor_on,
       bundle_id AS bundle,
       CASE state WHEN 'complete' THEN 'yes' WHEN 'missed' THEN 'no' WHEN 'exempt' THEN 'exempt'
                  ELSE 'open' END AS complete,
       state IN ('missed', 'open', 'not_due') AS unfinished,
       CASE WHEN state = 'complete' THEN charge_amount END AS complete_dollars,
       CASE WHEN state IN ('open', 'not_due') THEN charge_amount END AS at_risk,
       CASE WHEN state = 'missed' THEN charge_amount END AS lost,
       coalesce(missing, ['unknown']) AS missing
FROM care_bundles
LEFT JOIN bundles_missing USING (stay_id, bundle_id, ordinal)
