-- src_b: the newest version of each order (b); orders of the load test (T-…) stay out.
-- Duplicates and late changes lose against the newest one; a deleted order leaves the table.
-- Ordered by one column on purpose: with two, Flink 2.2 loses the deletions (FLINK-40368).
INSERT INTO src_b
SELECT
  order_id,
  customer_id,
  channel,
  order_status,
  CAST(CAST(order_cents AS DECIMAL(14, 2)) / 100 AS DECIMAL(12, 2)) AS order_total,
  ordered_at,
  updated_at
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY lsn DESC) AS rn
  FROM raw_b
  WHERE order_id LIKE 'O-%'
)
WHERE rn = 1 AND op <> 'd';
