-- What each line in effect adds to the rates of collection as of the as-of day.
SELECT person_id, episode_id, facility_id, $ends_on::DATE AS anchor_on,
       service_category, days_out, service_month,
       net_collection, net_collection_of, denial, denial_of, aged_over_90, aged_over_90_of,
       days_in_receivables, days_in_receivables_of
FROM lines_owed
