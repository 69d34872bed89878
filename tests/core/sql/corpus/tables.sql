-- The tables that the cases of this folder read and write. They need no servers: Flink only plans over them.
CREATE TABLE orders (
  order_id STRING NOT NULL, customer_id STRING, product STRING, amount DECIMAL(10, 2), quantity INT, status STRING,
  ts TIMESTAMP(3), proc AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'datagen');

CREATE TABLE payments (
  payment_id STRING NOT NULL, order_id STRING, amount DECIMAL(10, 2), channel STRING,
  ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');

CREATE TABLE shipments (
  shipment_id STRING NOT NULL, order_id STRING, carrier STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');

CREATE TABLE customers (
  customer_id STRING NOT NULL, name STRING, city STRING, address ROW<street STRING, geo ROW<lat DOUBLE, lon DOUBLE>>,
  tags ARRAY<STRING>, attributes MAP<STRING, STRING>, updated TIMESTAMP(3),
  WATERMARK FOR updated AS updated, PRIMARY KEY (customer_id) NOT ENFORCED
) WITH ('connector' = 'upsert-kafka', 'topic' = 'customers', 'properties.bootstrap.servers' = '127.0.0.1:9',
  'key.format' = 'json', 'value.format' = 'json');

CREATE TABLE events (
  id BIGINT, payload STRING, vector ARRAY<FLOAT>, items ARRAY<ROW<sku STRING, price DOUBLE>>, seen TIMESTAMP_LTZ(3),
  WATERMARK FOR seen AS seen
) WITH ('connector' = 'datagen');

CREATE TABLE report (id STRING, name STRING, n BIGINT) WITH ('connector' = 'print');

CREATE TABLE totals (id STRING, total DECIMAL(38, 2), PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print');

CREATE TABLE archive (id STRING, n BIGINT, `day` STRING, `hour` STRING) PARTITIONED BY (`day`, `hour`)
WITH ('connector' = 'blackhole');

CREATE TABLE `my orders` (id STRING, `order` STRING, `größe` INT) WITH ('connector' = 'datagen');

CREATE TABLE `select` (`from` STRING, `a.b` INT) WITH ('connector' = 'datagen');

CREATE DATABASE shop;

CREATE TABLE shop.items (sku STRING, price DECIMAL(10, 2)) WITH ('connector' = 'datagen');
