-- fact_3: delivery of each order, beside the state of its payment.
INSERT INTO fact_3
WITH deliveries AS (
  SELECT
    order_id,
    COUNT(*) AS shipment_count,
    SUM(CASE WHEN shipment_status = 'delivered' THEN 1 ELSE 0 END) AS delivered_count,
    SUM(CAST(weight_grams AS BIGINT)) AS weight_grams
  FROM src_x
  GROUP BY order_id
)
SELECT
  i3.order_id,
  i3.customer_id,
  i3.country,
  i3.payment_state,
  COALESCE(d.shipment_count, 0) AS shipment_count,
  COALESCE(d.weight_grams, 0) AS weight_grams,
  CASE
    WHEN COALESCE(d.weight_grams, 0) >= 30000 THEN 'bulky'
    WHEN COALESCE(d.weight_grams, 0) >= 2000 THEN 'parcel'
    ELSE 'letter'
  END AS size_class,
  CASE
    WHEN d.shipment_count IS NULL THEN 'not shipped'
    WHEN d.delivered_count = d.shipment_count THEN 'delivered'
    ELSE 'under way'
  END AS delivery_state
FROM int_3 AS i3
LEFT JOIN deliveries AS d ON i3.order_id = d.order_id;
