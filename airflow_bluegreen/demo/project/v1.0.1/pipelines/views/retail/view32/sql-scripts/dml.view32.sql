-- view32: receivables by customer segment.
INSERT INTO view32
SELECT
  segment,
  COUNT(*) AS order_count,
  CAST(SUM(open_amount) AS DECIMAL(18, 2)) AS open_amount
FROM fact_2
GROUP BY segment;
