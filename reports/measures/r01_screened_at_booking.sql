-- Episodes booked, and the day on which somebody first asked for the Medi-Cal status.
SELECT person_id, episode_id, booked_facility_id AS facility_id,
       booked_on AS anchor_on,
       by_day(asked_on <= booked_on + $screen_days, booked_on + $screen_days, $as_of) AS screened,
       coalesce(asked_on IS NULL AND has_declined, false) AS declined,
       asked_on - booked_on AS screening_days
FROM episodes
LEFT JOIN (
    SELECT episode_id,
           min(screened_on) FILTER (NOT declined) AS asked_on,
           bool_or(declined) AS has_declined
    FROM screened WHERE screening_type = 'medi_cal'
    GROUP BY episode_id
) AS asked USING (episode_id)
