-- src_c: payments (c), the newest version of each.
CREATE TABLE IF NOT EXISTS src_c (
  payment_id     STRING NOT NULL,
  order_id       STRING,
  payment_method STRING,
  payment_status STRING,
  amount         DECIMAL(12, 2),
  updated_at     TIMESTAMP(3),
  PRIMARY KEY (payment_id) NOT ENFORCED
) DISTRIBUTED BY HASH(payment_id) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
