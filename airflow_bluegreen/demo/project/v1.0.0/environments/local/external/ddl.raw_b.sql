-- raw_b: orders, as change records of the shop's database.
-- op is c, u or d; lsn, the place in the database's log, says which change of a row is the newest.
CREATE TABLE IF NOT EXISTS raw_b (
  order_id     STRING,
  customer_id  STRING,
  channel      STRING,
  order_status STRING,
  order_cents  BIGINT,
  ordered_at   TIMESTAMP(3),
  op           STRING,
  lsn          BIGINT,
  updated_at   TIMESTAMP(3)
) WITH (
  'changelog.mode' = 'append',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'delete',
  'scan.startup.mode' = 'earliest-offset'
);
