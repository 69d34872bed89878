-- raw_x: shipments, as change records of the warehouse.
-- op is c, u or d; lsn, the place in the database's log, says which change of a row is the newest.
CREATE TABLE IF NOT EXISTS raw_x (
  shipment_id     STRING,
  order_id        STRING,
  carrier         STRING,
  shipment_status STRING,
  weight_grams    INT,
  op              STRING,
  lsn             BIGINT,
  updated_at      TIMESTAMP(3)
) WITH (
  'changelog.mode' = 'append',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'delete',
  'scan.startup.mode' = 'earliest-offset'
);
