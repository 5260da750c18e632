-- What was sent to the payer and what became of it, by the as-of day. Lines, submissions, denials
-- and dollars at risk are those that `reentry receivables` sums, each with its terms of the rates;
-- here they are given their person, episode and kind of service.

-- Every line that was ever sent. A line of a claim is a service line, or the bundle that it bills.
-- One whose record is gone has the person of its claim, if any.
CREATE TABLE lines_sent AS
WITH line_owners AS (
    SELECT source_system, encounter_id, line_number, service_lines.person_id, episode_id,
           service_category::words AS service_category, service_date, deadline_on
    FROM service_lines LEFT JOIN stays USING (stay_id)
    UNION ALL
    SELECT source_system, encounter_id, line_number, person_id, episode_id, 'bundle'::words,
           service_date, NULL
    FROM care_bundles
)
SELECT submission_id, line_ordinal, claim_id, charge_amount,
       coalesce(line_accounts.facility_id, claims.facility_id)::words AS facility_id,
       coalesce(line_owners.person_id, claims.person_id) AS person_id,
       episode_id,
       coalesce(service_category, 'unknown'::words) AS service_category,
       coalesce(line_owners.service_date, claims.service_date) AS service_date,
       coalesce(claims.deadline_on, line_owners.deadline_on) AS deadline_on
FROM line_accounts
LEFT JOIN line_owners USING (source_system, encounter_id, line_number)
LEFT JOIN claims USING (claim_id);

CREATE TABLE lines_owed AS
SELECT lines_in_effect.* REPLACE (
           lines_in_effect.facility_id::words AS facility_id,
           state::words AS state,
           days_out::words AS days_out,
           coalesce(service_month, 'unknown')::words AS service_month
       ),
       person_id, episode_id, service_category
FROM lines_in_effect
LEFT JOIN lines_sent USING (submission_id, line_ordinal);

-- A claim as it first went out; what was withdrawn never did.
CREATE TABLE claims_sent AS
SELECT person_id, episode_id, facility_id, state::words AS state, sent_on, service_date, deadline_on,
       charge_amount, is_answered, first_pass, initial_denial_zero_pay
FROM (
    FROM submissions
    WHERE state <> 'withdrawn' AND sent_on IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY claim_id ORDER BY submission_number) = 1
) AS first_ones
LEFT JOIN (
    SELECT submission_id, sum(charge_amount) AS charge_amount, min(facility_id) AS facility_id,
           min(person_id) AS person_id, min(episode_id) AS episode_id,
           min(service_date) AS service_date, min(deadline_on) AS deadline_on
    FROM lines_sent
    GROUP BY submission_id
) AS summed USING (submission_id);

CREATE TABLE claim_owners AS
SELECT claim_id, min(person_id) AS person_id, min(episode_id) AS episode_id,
       min(facility_id) AS facility_id
FROM lines_sent
GROUP BY claim_id;
