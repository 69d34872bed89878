-- int_2: orders (b) with the sums of their payments (c).
CREATE TABLE IF NOT EXISTS int_2 (
  order_id       STRING NOT NULL,
  order_total    DECIMAL(12, 2),
  payment_count  BIGINT,
  captured_total DECIMAL(14, 2),
  refunded_total DECIMAL(14, 2),
  PRIMARY KEY (order_id) NOT ENFORCED
) DISTRIBUTED BY HASH(order_id) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
