-- raw_c: payments, as change records of the payment provider.
-- op is c, u or d; lsn, the place in the database's log, says which change of a row is the newest.
CREATE TABLE IF NOT EXISTS raw_c (
  payment_id     STRING,
  order_id       STRING,
  payment_method STRING,
  payment_status STRING,
  amount_cents   BIGINT,
  op             STRING,
  lsn            BIGINT,
  updated_at     TIMESTAMP(3)
) WITH (
  'changelog.mode' = 'append',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'delete',
  'scan.startup.mode' = 'earliest-offset'
);
