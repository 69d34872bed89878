-- int_2: orders (b) with the sums of their payments (c).
-- Joined first and summed up then, on purpose: an outer join with a table that is summed up already loses rows
-- in Flink 2.2, when the last payment of an order goes (no UPDATE_BEFORE reaches the join).
INSERT INTO int_2
SELECT
  o.order_id,
  MAX(o.order_total) AS order_total,
  COUNT(p.payment_id) AS payment_count,
  CAST(SUM(CASE WHEN p.payment_status = 'captured' THEN p.amount ELSE 0 END) AS DECIMAL(14, 2)) AS captured_total,
  CAST(SUM(CASE WHEN p.payment_status = 'refunded' THEN p.amount ELSE 0 END) AS DECIMAL(14, 2)) AS refunded_total
FROM src_b AS o
LEFT JOIN src_c AS p ON o.order_id = p.order_id
GROUP BY o.order_id;
