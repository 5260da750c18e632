-- Releases of people whose prescriptions go on, and what they took with them.
WITH continuing AS (
    SELECT episode_id, order_id, ndc, released_on
    FROM ordered JOIN releases USING (episode_id)
    WHERE order_type = 'medication' AND continue_at_release AND order_status <> 'stopped'
      AND coalesce(starts_on, ordered_on) <= released_on
      AND coalesce(ends_on, DATE '9999-12-30') >= released_on
),
handed AS (
    SELECT episode_id, order_id, ndc, handed_over_on
    FROM pharmacy_fills JOIN stays USING (stay_id)
    WHERE is_release_supply AND days_supply >= $supply_days AND handed_over_on <= $as_of
),
by_order AS (
    SELECT continuing.episode_id,
           coalesce(named.first_on <= released_on, false)
               OR coalesce(alike.first_on <= released_on, false) AS is_in_hand
    FROM continuing
    LEFT JOIN (
        SELECT episode_id, order_id, min(handed_over_on) AS first_on
        FROM handed GROUP BY episode_id, order_id
    ) AS named USING (episode_id, order_id)
    LEFT JOIN (
        SELECT episode_id, ndc, min(handed_over_on) AS first_on
        FROM handed GROUP BY episode_id, ndc
    ) AS alike USING (episode_id, ndc)
),
supplied AS (
    SELECT episode_id, min(occurred_on) AS supplied_on
    FROM milestones WHERE milestone = 'medications_supplied' AND days_supplied >= $supply_days
    GROUP BY episode_id
)
SELECT person_id, episode_id, facility_id, released_on AS anchor_on,
       every_order OR coalesce(supplied_on <= released_on, false) AS in_hand
FROM releases
JOIN (SELECT episode_id, bool_and(is_in_hand) AS every_order FROM by_order GROUP BY episode_id)
     AS orders_in_hand USING (episode_id)
LEFT JOIN supplied USING (episode_id)
