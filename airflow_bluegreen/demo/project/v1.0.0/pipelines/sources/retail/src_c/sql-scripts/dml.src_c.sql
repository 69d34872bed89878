-- src_c: the newest version of each payment (c).
-- Duplicates and late changes lose against the newest one; a deleted payment leaves the table.
-- Ordered by one column on purpose: with two, Flink 2.2 loses the deletions (FLINK-40368).
INSERT INTO src_c
SELECT
  payment_id,
  order_id,
  payment_method,
  payment_status,
  CAST(CAST(amount_cents AS DECIMAL(14, 2)) / 100 AS DECIMAL(12, 2)) AS amount,
  updated_at
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY payment_id ORDER BY lsn DESC) AS rn
  FROM raw_c
  WHERE payment_id IS NOT NULL
)
WHERE rn = 1 AND op <> 'd';
