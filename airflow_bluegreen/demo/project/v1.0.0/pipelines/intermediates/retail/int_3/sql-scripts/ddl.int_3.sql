-- int_3: what is owed for each order: customer (a), order (b) and captured payments (c).
CREATE TABLE IF NOT EXISTS int_3 (
  order_id      STRING NOT NULL,
  customer_id   STRING,
  country       STRING,
  segment       STRING,
  paid_amount   DECIMAL(14, 2),
  payment_state STRING,
  open_amount   DECIMAL(14, 2),
  updated_at    TIMESTAMP(3),
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
