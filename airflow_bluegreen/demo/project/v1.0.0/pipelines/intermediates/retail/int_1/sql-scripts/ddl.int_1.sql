-- int_1: orders (b) with the customer (a) who placed them.
CREATE TABLE IF NOT EXISTS int_1 (
  order_id     STRING NOT NULL,
  customer_id  STRING,
  country      STRING,
  segment      STRING,
  channel      STRING,
  order_status STRING,
  order_total  DECIMAL(12, 2),
  ordered_at   TIMESTAMP(3),
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
