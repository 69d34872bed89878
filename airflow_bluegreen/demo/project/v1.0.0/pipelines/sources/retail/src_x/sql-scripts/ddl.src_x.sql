-- src_x: shipments (x), the newest version of each.
CREATE TABLE IF NOT EXISTS src_x (
  shipment_id     STRING NOT NULL,
  order_id        STRING,
  carrier         STRING,
  shipment_status STRING,
  weight_grams    INT,
  updated_at      TIMESTAMP(3),
  PRIMARY KEY (shipment_id) NOT ENFORCED
) DISTRIBUTED BY HASH(shipment_id) INTO 2 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
