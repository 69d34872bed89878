-- fact_3: delivery of each order, beside the state of its payment.
CREATE TABLE IF NOT EXISTS fact_3 (
  order_id       STRING NOT NULL,
  customer_id    STRING,
  country        STRING,
  payment_state  STRING,
  shipment_count BIGINT,
  weight_grams   BIGINT,
  size_class     STRING,
  delivery_state STRING,
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
