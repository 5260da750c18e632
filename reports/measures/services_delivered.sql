-- People and services by facility, month and service category, with every total.
-- In a row of the result NULL in one of these three means all of them together.
-- Parameters: starts_on, ends_on (the period), window_days (how long an activation lasts at most).
WITH months AS (
    SELECT month_on::DATE AS month,
           greatest(month_on::DATE, $starts_on::DATE) AS starts_on,
           least(last_day(month_on::DATE), $ends_on::DATE) AS ends_on
    FROM generate_series(date_trunc('month', $starts_on::DATE), $ends_on::DATE, INTERVAL 1 MONTH)
         AS series(month_on)
),
in_force AS (
    SELECT person_id,
           activated_on AS starts_on,
           least(deactivated_on, activated_on + ($window_days::INTEGER - 1)) AS ends_on
    FROM ji_activations
    WHERE deactivation_reason IS DISTINCT FROM 'error'
),
delivered AS (
    SELECT facility_id, service_category, person_id, minutes, verdict,
           date_trunc('month', service_date) AS month,
           EXISTS (
               SELECT 1 FROM in_force
               WHERE in_force.person_id = service_lines.person_id
                 AND service_lines.service_date BETWEEN in_force.starts_on AND in_force.ends_on
           ) AS while_activated
    FROM service_lines
    WHERE service_date BETWEEN $starts_on AND $ends_on
),
by_person AS (
    SELECT facility_id, month, service_category, person_id,
           bool_or(while_activated) AS while_activated,
           count(*) AS service_count,
           sum(minutes) AS minutes,
           count(minutes) AS services_with_minutes,
           count(*) FILTER (verdict = 'clean') AS clean_count,
           count(*) FILTER (verdict = 'held') AS held_count,
           count(*) FILTER (verdict = 'rejected') AS rejected_count
    FROM delivered
    WHERE person_id IS NOT NULL
    GROUP BY ALL
),
counted AS (
    SELECT facility_id, month, service_category,
           count(DISTINCT person_id) AS people_served,
           count(DISTINCT CASE WHEN while_activated THEN person_id END) AS activated_people_served,
           sum(service_count) AS service_count,
           sum(minutes) AS minutes,
           sum(services_with_minutes) AS services_with_minutes,
           sum(clean_count) AS clean_count,
           sum(held_count) AS held_count,
           sum(rejected_count) AS rejected_count
    FROM by_person
    GROUP BY CUBE (facility_id, month, service_category)
),
activated AS (
    SELECT month, count(DISTINCT person_id) AS activated_people
    FROM months JOIN in_force
      ON in_force.starts_on <= months.ends_on AND in_force.ends_on >= months.starts_on
    GROUP BY ROLLUP (month)
),
-- Every combination has its row: that nothing was delivered is said, too.
places AS (
    SELECT facility_id, name FROM facilities
    UNION ALL
    SELECT DISTINCT facility_id, facility_id FROM delivered ANTI JOIN facilities USING (facility_id)
    UNION ALL
    SELECT NULL, NULL
),
calendar AS (SELECT month FROM months UNION ALL SELECT NULL),
kinds AS (
    SELECT service_category, position FROM service_categories
    UNION ALL
    SELECT NULL, 0
)
SELECT places.facility_id,
       places.name AS facility_name,
       strftime(calendar.month, '%Y-%m') AS month,
       kinds.service_category,
       coalesce(people_served, 0)::BIGINT AS people_served,
       coalesce(service_count, 0)::BIGINT AS service_count,
       coalesce(minutes, 0)::BIGINT AS minutes,
       coalesce(services_with_minutes, 0)::BIGINT AS services_with_minutes,
       coalesce(clean_count, 0)::BIGINT AS clean_count,
       coalesce(held_count, 0)::BIGINT AS held_count,
       coalesce(rejected_count, 0)::BIGINT AS rejected_count,
       CASE WHEN places.facility_id IS NULL THEN coalesce(activated_people, 0) END
           ::BIGINT AS activated_people,
       CASE WHEN places.facility_id IS NULL THEN coalesce(activated_people_served, 0) END
           ::BIGINT AS activated_people_served
FROM places CROSS JOIN calendar CROSS JOIN kinds
LEFT JOIN counted
  ON counted.facility_id IS NOT DISTINCT FROM places.facility_id
 AND counted.month IS NOT DISTINCT FROM calendar.month
 AND counted.service_category IS NOT DISTINCT FROM kinds.service_category
LEFT JOIN activated ON activated.month IS NOT DISTINCT FROM calendar.month
ORDER BY facility_name NULLS FIRST, places.facility_id NULLS FIRST,
         calendar.month NULLS FIRST, position
