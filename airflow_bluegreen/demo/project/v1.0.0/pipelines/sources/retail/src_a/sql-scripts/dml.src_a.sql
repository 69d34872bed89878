-- src_a: the newest version of each customer (a).
-- Duplicates and late changes lose against the newest one; a deleted customer leaves the table.
-- Ordered by one column on purpose: with two, Flink 2.2 loses the deletions (FLINK-40368).
INSERT INTO src_a
SELECT
  customer_id,
  customer_name,
  country,
  segment,
  updated_at
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY lsn DESC) AS rn
  FROM raw_a
  WHERE customer_id IS NOT NULL
)
WHERE rn = 1 AND op <> 'd';
