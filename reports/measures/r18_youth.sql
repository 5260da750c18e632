-- Releases of young people: screening around release, case management before and after it.
WITH young AS (
    SELECT releases.* FROM releases JOIN persons USING (person_id)
    WHERE datesub('year', birth_date, released_on) < $youth_age
),
looked AS (
    SELECT episode_id,
           bool_or(is_screening AND on_day BETWEEN released_on - $before_days
                                              AND released_on + $screening_days) AS is_screened,
           bool_or(NOT is_screening AND on_day BETWEEN released_on - $before_days AND released_on)
               AS is_before,
           bool_or(NOT is_screening AND on_day > released_on
                   AND on_day <= released_on + $after_days) AS is_after
    FROM young JOIN (
        SELECT episode_id, occurred_on AS on_day, milestone = 'needs_assessment' AS is_screening
        FROM milestones
        WHERE milestone IN ('needs_assessment', 'first_meeting', 'care_plan_started',
                            'care_plan_finalized', 'follow_up', 'ecm_contact')
        UNION ALL
        SELECT episode_id, service_date, service_category = 'consultation'
        FROM delivered WHERE service_category IN ('consultation', 'case_management')
        UNION ALL
        SELECT episode_id, service_date, false
        FROM after_release WHERE kind = 'ECM' AND NOT is_outreach
    ) AS days USING (episode_id)
    GROUP BY episode_id
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       by_day(is_screened, released_on + $screening_days, $as_of) AS screened,
       by_day(is_before AND is_after, released_on + $after_days, $as_of) AS managed
FROM young LEFT JOIN looked USING (episode_id)
