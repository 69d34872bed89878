-- int_2: orders (b) with the sums of their payments (c).
INSERT INTO int_2
WITH payments AS (
  SELECT
    order_id,
    COUNT(*) AS payment_count,
    SUM(CASE WHEN payment_status = 'captured' THEN amount ELSE 0 END) AS captured_total,
    SUM(CASE WHEN payment_status = 'refunded' THEN amount ELSE 0 END) AS refunded_total
  FROM src_c
  GROUP BY order_id
)
SELECT
  o.order_id,
  o.order_total,
  COALESCE(p.payment_count, 0) AS payment_count,
  CAST(COALESCE(p.captured_total, 0) AS DECIMAL(14, 2)) AS captured_total,
  CAST(COALESCE(p.refunded_total, 0) AS DECIMAL(14, 2)) AS refunded_total
FROM src_b AS o
LEFT JOIN payments AS p ON o.order_id = p.order_id;
