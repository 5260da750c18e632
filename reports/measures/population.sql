-- What the measures count: people, episodes and what happened in them, by the as-of day.
-- Each statement makes a table that a measure reads under its name. What lies after that day is
-- not seen, and "released" means to the community: no transfer, no hospital, no death.

-- The n-th business day after a day: Monday to Friday, public holidays not known here.
CREATE MACRO business_days_after(day, n) AS (
    day - greatest(isodow(day) - 5, 0)::INTEGER
        + (n + 2 * ((least(isodow(day), 5) - 1 + n) // 5))::INTEGER
);

-- Days from one day to another, 0 where it came before; of a missing day nothing.
CREATE MACRO days_until(from_day, to_day) AS (
    CASE WHEN to_day - from_day < 0 THEN 0 ELSE to_day - from_day END
);

-- Something that takes time: open until the day has come, whatever happened by then, for to count
-- early successes before failures can be known would flatter every share. Then yes or no.
CREATE MACRO by_day(has_happened, last_day, seen_until) AS (
    CASE WHEN seen_until < last_day THEN 'open' WHEN has_happened THEN 'yes' ELSE 'no' END
);

-- What facts are told in, as numbers of one list: two bytes a row instead of sixteen.
CREATE TYPE words AS ENUM (
    SELECT word FROM every_word UNION SELECT unnest(['bundle', 'unknown']) ORDER BY word
);

CREATE TABLE stays AS
SELECT stay_id, in_episode.episode_id, in_episode.person_id, facility_id::words AS facility_id,
       release_certainty, expected_release_on, released_to, booked_at,
       booked_at::DATE AS booked_on,
       CASE WHEN released_at::DATE <= $as_of THEN released_at::DATE END AS released_on
FROM custody_stays
JOIN (SELECT episode_id, person_id, unnest(stay_ids) AS stay_id FROM custody_episodes) AS in_episode
  USING (stay_id)
WHERE booked_at::DATE <= $as_of;

CREATE TABLE episodes AS
SELECT episode_id,
       any_value(person_id) AS person_id,
       min(booked_on) AS booked_on,
       CASE WHEN count(*) = count(released_on) THEN max(released_on) END AS released_on,
       first(facility_id ORDER BY booked_at, stay_id) AS booked_facility_id,
       last(facility_id ORDER BY booked_at, stay_id) AS facility_id,
       last(released_to ORDER BY booked_at, stay_id) AS released_to,
       last(release_certainty ORDER BY booked_at, stay_id) AS release_certainty,
       last(expected_release_on ORDER BY booked_at, stay_id) AS expected_release_on
FROM stays
GROUP BY episode_id;

-- An activation belongs to the episode that began last by its first day. A person has few: a plain
-- join and the last of them takes a tenth of the time that an ASOF join does.
CREATE TABLE activated AS
SELECT people_activated.person_id,
       CASE WHEN last(released_on ORDER BY booked_on, episode_id) IS NULL
                 OR last(released_on ORDER BY booked_on, episode_id) >= from_on
            THEN last(episode_id ORDER BY booked_on, episode_id) END AS episode_id,
       last(facility_id ORDER BY booked_on, episode_id) AS facility_id,
       from_on AS activated_on,
       least(max(coalesce(to_on, DATE '9999-12-30')), from_on + ($window_days - 1)::INTEGER)
           AS in_force_until
FROM activations AS people_activated
LEFT JOIN episodes
  ON episodes.person_id = people_activated.person_id
 AND episodes.booked_on <= people_activated.from_on
WHERE from_on <= $as_of
GROUP BY people_activated.person_id, from_on;

CREATE TABLE releases AS
SELECT episodes.*,
       activated_on,
       CASE WHEN activated_on IS NOT NULL
            THEN released_on - activated_on < $short_term_days
                 OR release_certainty = 'unknown' END AS is_short_term
FROM episodes
LEFT JOIN (
    SELECT episode_id, max(activated_on) AS activated_on FROM activated GROUP BY episode_id
) AS newest USING (episode_id)
WHERE released_on IS NOT NULL AND coalesce(released_to, 'community') = 'community';

CREATE TABLE screened AS
SELECT screening_id, stays.episode_id, stays.person_id, stays.facility_id, screening_type,
       screened_on, declined, medi_cal_status, outcome, qualifying_conditions
FROM screenings JOIN stays USING (stay_id)
WHERE screened_on <= $as_of;

CREATE TABLE applied AS
SELECT applications.person_id,
       coalesce(stays.episode_id, latest.episode_id) AS episode_id,
       coalesce(stays.facility_id, latest.facility_id) AS facility_id,
       submitted_on,
       coalesce(received_by_county_on, submitted_on) AS received_on,
       CASE WHEN decided_on > $as_of THEN 'pending' ELSE decision END AS decision,
       CASE WHEN decided_on <= $as_of THEN decided_on END AS decided_on,
       denial_reason_code
FROM applications
LEFT JOIN stays USING (stay_id)
ASOF LEFT JOIN episodes AS latest
  ON latest.person_id = applications.person_id AND latest.booked_on <= applications.submitted_on
WHERE submitted_on <= $as_of;

CREATE TABLE milestones AS
SELECT stays.episode_id, stays.person_id, stays.facility_id, milestone::words AS milestone,
       occurred_on, days_supplied
FROM care_milestones JOIN stays USING (stay_id)
WHERE occurred_on <= $as_of;

CREATE MACRO done_by(one_episode, kind, day) AS EXISTS (
    FROM milestones
    WHERE milestones.episode_id = one_episode AND milestones.milestone = kind
      AND milestones.occurred_on <= day
);

CREATE TABLE delivered AS
SELECT service_lines.person_id, stays.episode_id,
       service_lines.facility_id::words AS facility_id,
       service_date,
       service_category::words AS service_category,
       modality::words AS modality,
       verdict::words AS verdict,
       note_status::words AS note_status,
       rendering_npi, is_billed
FROM service_lines LEFT JOIN stays USING (stay_id)
WHERE service_date <= $as_of;

CREATE TABLE ordered AS
SELECT orders.*, stays.episode_id
FROM orders JOIN stays USING (stay_id)
WHERE ordered_on <= $as_of;

CREATE TABLE conditions AS
SELECT DISTINCT episode_id, unnest(qualifying_conditions) AS qualifying_condition
FROM screened
WHERE screening_type = 'pre_release_access' AND NOT declined;

CREATE TABLE episode_conditions AS
SELECT episode_id, qualifying_condition FROM conditions
UNION ALL
SELECT episode_id,
       CASE WHEN episode_id IN (
                SELECT episode_id FROM screened
                WHERE screening_type = 'pre_release_access' AND NOT declined
            ) THEN 'none' ELSE 'not_screened' END
FROM episodes ANTI JOIN conditions USING (episode_id);

-- Every month of the trend; those of the period only as far as it reaches.
CREATE TABLE months AS
SELECT CASE WHEN month_on = date_trunc('month', $starts_on::DATE) THEN $starts_on::DATE
            ELSE month_on::DATE END AS starts_on,
       least(last_day(month_on::DATE), $ends_on::DATE, $as_of::DATE) AS ends_on
FROM generate_series($trend_from::DATE, $ends_on::DATE, INTERVAL 1 MONTH) AS series(month_on)
WHERE month_on <= $as_of;

-- What people are split by, each value a number of its list.
CREATE TYPE sexes AS ENUM ('female', 'male', 'unknown');
CREATE TYPE races AS ENUM (
    SELECT label FROM race_groups WHERE kind = 'race'
    UNION
    SELECT unnest(['Hispanic or Latino', 'two or more races', 'unknown'])
    ORDER BY label
);
CREATE TYPE spoken AS ENUM (SELECT label FROM languages UNION SELECT 'unknown' ORDER BY label);

-- Who people are, as the reports split them. Several races are one group of their own.
CREATE TABLE persons AS
SELECT person_id, birth_date,
       (CASE sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE 'unknown' END)::sexes AS sex,
       (CASE WHEN is_hispanic THEN 'Hispanic or Latino'
             WHEN len(groups) > 1 THEN 'two or more races'
             ELSE coalesce(groups[1], 'unknown') END)::races AS race_ethnicity,
       coalesce(languages.label, 'unknown')::spoken AS language
FROM people
LEFT JOIN languages ON languages.code = people.language
LEFT JOIN (
    SELECT person_id, list(DISTINCT label) AS groups
    FROM (SELECT person_id, unnest(race) AS code FROM people)
    JOIN race_groups USING (code)
    WHERE kind = 'race'
    GROUP BY person_id
) AS raced USING (person_id)
LEFT JOIN (
    SELECT code, label = 'Hispanic or Latino' AS is_hispanic
    FROM race_groups WHERE kind = 'ethnicity'
) AS ethnicities ON ethnicities.code = people.ethnicity
;

-- Services after release, with the episode whose release they follow.
CREATE TABLE after_release AS
SELECT post_release.*, releases.episode_id, releases.facility_id
FROM post_release
LEFT JOIN releases
  ON releases.person_id = post_release.person_id
 AND releases.released_on <= post_release.service_date
WHERE service_date <= $as_of
QUALIFY row_number() OVER (PARTITION BY service_id ORDER BY released_on DESC, episode_id DESC) = 1
