-- Episodes of people with Medi-Cal, and whether they were screened for the criteria of JI services.
SELECT person_id, episode_id, booked_facility_id AS facility_id,
       booked_on AS anchor_on,
       CASE WHEN facility_type = 'youth_correctional' THEN 'exempt'
            ELSE coalesce(is_screened, false)::VARCHAR END AS screened,
       CASE WHEN facility_type = 'youth_correctional' THEN 'exempt'
            ELSE coalesce(has_met, false)::VARCHAR END AS met,
       coalesce(criteria, ['unknown']) AS criterion
FROM episodes
LEFT JOIN facilities ON facilities.facility_id = booked_facility_id
LEFT JOIN (
    SELECT episode_id,
           bool_or(outcome IN ('meets', 'does_not_meet')) AS is_screened,
           bool_or(outcome = 'meets') AS has_met,
           list_sort(list_distinct(flatten(
               list(qualifying_conditions) FILTER (outcome = 'meets'
                   AND qualifying_conditions IS NOT NULL)))) AS criteria
    FROM screened WHERE screening_type = 'pre_release_access' AND NOT declined
    GROUP BY episode_id
) AS asked USING (episode_id)
WHERE EXISTS (
    FROM covered
    WHERE covered.person_id = episodes.person_id AND NOT is_ji_aid_code
      AND from_on <= coalesce(released_on, $as_of)
      AND coalesce(to_on, DATE '9999-12-30') >= booked_on
)
