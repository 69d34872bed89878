-- src_x: the newest version of each shipment (x).
-- Duplicates and late changes lose against the newest one; a deleted shipment leaves the table.
-- Ordered by one column on purpose: with two, Flink 2.2 loses the deletions (FLINK-40368).
INSERT INTO src_x
SELECT
  shipment_id,
  order_id,
  carrier,
  shipment_status,
  weight_grams,
  updated_at
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY shipment_id ORDER BY lsn DESC) AS rn
  FROM raw_x
  WHERE shipment_id IS NOT NULL
)
WHERE rn = 1 AND op <> 'd';
