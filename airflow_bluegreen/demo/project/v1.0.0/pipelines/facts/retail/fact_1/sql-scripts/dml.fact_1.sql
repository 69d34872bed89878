-- fact_1: revenue of each order, with its market.
INSERT INTO fact_1
SELECT
  i1.order_id,
  i1.country,
  i1.segment,
  i1.channel,
  i1.order_status,
  i1.ordered_at,
  i1.order_total,
  CAST(i2.captured_total - i2.refunded_total AS DECIMAL(14, 2)) AS net_revenue
FROM int_1 AS i1
JOIN int_2 AS i2 ON i1.order_id = i2.order_id;
