-- Service lines: who gave them, and how.
SELECT person_id, episode_id, facility_id, service_date AS anchor_on, service_category,
       true AS services,
       [coalesce(modality, 'unknown')] AS modality,
       [coalesce(credential, 'unknown')] AS provider_kind
FROM delivered
LEFT JOIN credentials ON credentials.npi = delivered.rendering_npi
