-- Referrals and appointments made for the time after release.
SELECT person_id, episode_id, facility_id, occurred_on AS anchor_on,
       true AS referrals,
       [milestone] AS kind_of_referral
FROM milestones
WHERE milestone IN ('referral_made', 'appointment_scheduled', 'behavioral_health_link')
