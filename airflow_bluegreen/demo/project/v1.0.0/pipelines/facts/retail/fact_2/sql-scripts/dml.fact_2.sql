-- fact_2: receivables: what each order still has to bring in.
INSERT INTO fact_2
SELECT
  i3.order_id,
  i3.customer_id,
  i3.segment,
  i2.order_total,
  i2.payment_count,
  i2.refunded_total,
  i3.open_amount
FROM int_3 AS i3
JOIN int_2 AS i2 ON i3.order_id = i2.order_id;
