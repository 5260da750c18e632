-- Episodes whose newest Medi-Cal screening found the person without coverage.
SELECT person_id, episode_id, facility_id, asked_on AS anchor_on,
       by_day(sent_on IS NOT NULL, asked_on + $application_days, $as_of) AS applied,
       days_until(asked_on, sent_on) AS application_days
FROM (
    SELECT episode_id,
           any_value(person_id) AS person_id,
           last(facility_id ORDER BY screened_on, screening_id) AS facility_id,
           last(screened_on ORDER BY screened_on, screening_id) AS asked_on,
           last(medi_cal_status ORDER BY screened_on, screening_id) AS medi_cal_status,
           last(declined ORDER BY screened_on, screening_id) AS has_declined
    FROM screened WHERE screening_type = 'medi_cal'
    GROUP BY episode_id
) AS asked
LEFT JOIN (
    SELECT episode_id, min(submitted_on) AS sent_on FROM applied GROUP BY episode_id
) AS sent USING (episode_id)
WHERE medi_cal_status = 'not_enrolled' AND NOT has_declined
