-- view_1: revenue by country.
INSERT INTO view_1
SELECT
  country,
  COUNT(*) AS order_count,
  SUM(CASE WHEN order_status = 'cancelled' THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END) AS cancelled_count,
  CAST(SUM(net_revenue) AS DECIMAL(18, 2)) AS net_revenue
FROM fact_1
GROUP BY country;
