-- view32: receivables by customer segment.
CREATE TABLE IF NOT EXISTS view32 (
  segment     STRING NOT NULL,
  order_count BIGINT,
  open_amount DECIMAL(18, 2),
  PRIMARY KEY (segment) NOT ENFORCED
) DISTRIBUTED BY HASH(segment) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
