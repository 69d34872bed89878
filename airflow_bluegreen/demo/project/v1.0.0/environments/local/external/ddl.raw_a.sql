-- raw_a: customers, as change records of the shop's database.
-- op is c, u or d; lsn, the place in the database's log, says which change of a row is the newest.
CREATE TABLE IF NOT EXISTS raw_a (
  customer_id   STRING,
  customer_name STRING,
  country       STRING,
  segment       STRING,
  op            STRING,
  lsn           BIGINT,
  updated_at    TIMESTAMP(3)
) WITH (
  'changelog.mode' = 'append',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'delete',
  'scan.startup.mode' = 'earliest-offset'
);
