-- Releases of members of a managed care plan, and how soon enhanced care management has them.
WITH reached AS (
    SELECT episode_id, occurred_on, milestone = 'ecm_enrolled' AS is_enrolled, true AS is_contact
    FROM milestones WHERE milestone IN ('ecm_enrolled', 'ecm_contact')
    UNION ALL
    SELECT episode_id, service_date, true, true
    FROM after_release
    WHERE kind = 'ECM' AND NOT is_outreach AND service_date <= $as_of
),
membership AS (
    SELECT releases.*,
           CASE WHEN has_plan THEN true ELSE is_plan_county END AS is_member
    FROM releases
    LEFT JOIN residents USING (person_id)
    LEFT JOIN (
        SELECT DISTINCT episode_id, true AS has_plan
        FROM releases JOIN plan_spans USING (person_id)
        WHERE from_on <= released_on + $plan_days
          AND coalesce(to_on, DATE '9999-12-30') >= released_on
    ) AS enrolled USING (episode_id)
),
first_days AS (
    SELECT membership.episode_id,
           min(occurred_on) FILTER (is_enrolled) AS enrolled_on,
           min(occurred_on) FILTER (occurred_on >= released_on) AS contact_on,
           count(DISTINCT occurred_on) FILTER (
               occurred_on BETWEEN released_on AND released_on + $week_days) AS contact_days
    FROM membership JOIN reached USING (episode_id)
    WHERE is_contact
    GROUP BY membership.episode_id
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       CASE WHEN is_member IS NULL THEN 'unknown'
            ELSE by_day(enrolled_on <= released_on + 30, released_on + 30, $as_of) END
           AS enrolled_30_days,
       CASE WHEN is_member IS NULL THEN 'unknown'
            ELSE by_day(enrolled_on <= released_on + 90, released_on + 90, $as_of) END
           AS enrolled_90_days,
       CASE WHEN is_member IS NULL THEN 'unknown'
            ELSE by_day(enrolled_on <= released_on + 365, released_on + 365, $as_of) END
           AS enrolled_365_days,
       CASE WHEN is_member IS NULL THEN 'unknown'
            ELSE by_day(contact_on <= business_days_after(released_on, $contact_days),
                        business_days_after(released_on, $contact_days), $as_of) END
           AS contact_2_business_days,
       CASE WHEN is_member IS NULL THEN 'unknown'
            ELSE by_day(contact_days >= 2, released_on + $week_days, $as_of) END
           AS contact_again_in_week,
       CASE WHEN is_member THEN days_until(released_on, enrolled_on) END AS enrollment_days
FROM membership LEFT JOIN first_days USING (episode_id)
WHERE coalesce(is_member, true) AND activated_on IS NOT NULL
