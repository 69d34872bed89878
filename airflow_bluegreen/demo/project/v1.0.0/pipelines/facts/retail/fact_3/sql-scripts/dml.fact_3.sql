-- fact_3: delivery of each order, beside the state of its payment.
-- Joined first and summed up then, for the reason that int_2 gives.
INSERT INTO fact_3
WITH deliveries AS (
  SELECT
    i3.order_id,
    MAX(i3.customer_id) AS customer_id,
    MAX(i3.country) AS country,
    MAX(i3.payment_state) AS payment_state,
    COUNT(x.shipment_id) AS shipment_count,
    SUM(CASE WHEN x.shipment_status = 'delivered' THEN 1 ELSE 0 END) AS delivered_count,
    SUM(COALESCE(CAST(x.weight_grams AS BIGINT), 0)) AS weight_grams
  FROM int_3 AS i3
  LEFT JOIN src_x AS x ON i3.order_id = x.order_id
  GROUP BY i3.order_id
)
SELECT
  order_id,
  customer_id,
  country,
  payment_state,
  shipment_count,
  weight_grams,
  CASE
    WHEN weight_grams >= 30000 THEN 'bulky'
    WHEN weight_grams >= 2000 THEN 'parcel'
    ELSE 'letter'
  END AS size_class,
  CASE
    WHEN shipment_count = 0 THEN 'not shipped'
    WHEN delivered_count = shipment_count THEN 'delivered'
    ELSE 'under way'
  END AS delivery_state
FROM deliveries;
