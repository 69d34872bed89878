-- src_a: customers (a), the newest version of each.
CREATE TABLE IF NOT EXISTS src_a (
  customer_id   STRING NOT NULL,
  customer_name STRING,
  country       STRING,
  segment       STRING,
  updated_at    TIMESTAMP(3),
  PRIMARY KEY (customer_id) NOT ENFORCED
) DISTRIBUTED BY HASH(customer_id) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
