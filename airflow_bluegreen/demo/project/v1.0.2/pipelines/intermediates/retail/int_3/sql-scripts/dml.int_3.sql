-- int_3: what is owed for each order: customer (a), order (b) and captured payments (c).
-- An order counts as paid when at most 2 % of its total is missing.
INSERT INTO int_3
WITH settled AS (
  SELECT
    order_id,
    SUM(amount) AS paid_amount
  FROM src_c
  WHERE payment_status = 'captured'
  GROUP BY order_id
), owed AS (
  SELECT
    o.order_id,
    o.customer_id,
    o.order_status,
    o.order_total,
    o.updated_at,
    CAST(COALESCE(s.paid_amount, 0) AS DECIMAL(14, 2)) AS paid_amount
  FROM src_b AS o
  LEFT JOIN settled AS s ON o.order_id = s.order_id
)
SELECT
  d.order_id,
  d.customer_id,
  COALESCE(c.country, 'unknown') AS country,
  COALESCE(c.segment, 'unknown') AS segment,
  d.paid_amount,
  CASE
    WHEN d.order_status = 'cancelled' THEN 'cancelled'
    WHEN d.paid_amount >= d.order_total * 0.98 THEN 'paid'
    WHEN d.paid_amount > 0 THEN 'partly paid'
    ELSE 'open'
  END AS payment_state,
  -- Nothing is owed for a cancelled order: what was paid for it is owed to the customer.
  CAST(
    CASE
      WHEN d.order_status = 'cancelled' THEN -d.paid_amount
      ELSE d.order_total - d.paid_amount
    END AS DECIMAL(14, 2)
  ) AS open_amount,
  d.updated_at
FROM owed AS d
LEFT JOIN src_a AS c ON d.customer_id = c.customer_id;
