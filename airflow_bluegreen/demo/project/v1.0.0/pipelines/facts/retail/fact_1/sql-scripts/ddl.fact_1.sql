-- fact_1: revenue of each order, with its market.
CREATE TABLE IF NOT EXISTS fact_1 (
  order_id     STRING NOT NULL,
  country      STRING,
  segment      STRING,
  channel      STRING,
  order_status STRING,
  ordered_at   TIMESTAMP(3),
  order_total  DECIMAL(12, 2),
  net_revenue  DECIMAL(14, 2),
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
