-- view_1: revenue by country.
CREATE TABLE IF NOT EXISTS view_1 (
  country         STRING NOT NULL,
  order_count     BIGINT,
  cancelled_count BIGINT,
  net_revenue     DECIMAL(18, 2),
  PRIMARY KEY (country) NOT ENFORCED
) DISTRIBUTED BY HASH(country) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
