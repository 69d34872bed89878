-- int_1: orders (b) with the customer (a) who placed them.
INSERT INTO int_1
SELECT
  o.order_id,
  o.customer_id,
  COALESCE(c.country, 'unknown') AS country,
  COALESCE(c.segment, 'unknown') AS segment,
  o.channel,
  o.order_status,
  o.order_total,
  o.ordered_at
FROM src_b AS o
LEFT JOIN src_a AS c ON o.customer_id = c.customer_id;
