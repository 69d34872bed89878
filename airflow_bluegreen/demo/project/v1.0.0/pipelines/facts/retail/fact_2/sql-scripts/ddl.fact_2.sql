-- fact_2: receivables: what each order still has to bring in.
CREATE TABLE IF NOT EXISTS fact_2 (
  order_id       STRING NOT NULL,
  customer_id    STRING,
  segment        STRING,
  order_total    DECIMAL(12, 2),
  payment_count  BIGINT,
  refunded_total DECIMAL(14, 2),
  open_amount    DECIMAL(14, 2),
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
