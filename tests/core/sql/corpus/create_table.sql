-- CREATE TABLE: columns, types, keys, watermarks, clauses, LIKE, AS.

-- Columns and options
-- create_table: – → t
CREATE TABLE t (id STRING, n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '5');

-- Every plain type
-- create_table: – → t
CREATE TABLE t (
  a CHAR, b CHAR(3), c VARCHAR, d VARCHAR(10), e STRING, f BOOLEAN, g BINARY(2), h VARBINARY, i BYTES, j DECIMAL, k DECIMAL(10), l DEC(10, 2),
  m NUMERIC(5, 1), n TINYINT, o SMALLINT, p INT, q INTEGER, r BIGINT, s FLOAT, u DOUBLE, v DOUBLE PRECISION, w DATE, x TIME, y TIME(0) WITHOUT TIME ZONE
) WITH ('connector' = 'blackhole');

-- Types of time
-- create_table: – → t
CREATE TABLE t (
  a TIMESTAMP, b TIMESTAMP(3), c TIMESTAMP(6) WITHOUT TIME ZONE, d TIMESTAMP(3) WITH LOCAL TIME ZONE, e TIMESTAMP_LTZ, f TIMESTAMP_LTZ(3)
) WITH ('connector' = 'blackhole');

-- Intervals as types
-- create_table: – → t
-- flink: refuses, its CREATE TABLE knows no intervals
CREATE TABLE t (a INTERVAL DAY TO SECOND(3), b INTERVAL YEAR(4) TO MONTH) WITH ('connector' = 'blackhole');

-- Nested types
-- create_table: – → t
CREATE TABLE t (
  a ARRAY<STRING NOT NULL>, b MAP<STRING, ARRAY<INT>>, c MULTISET<STRING>, d ROW<x INT, `y z` ROW<deep MAP<STRING, BIGINT>>>,
  e ROW(x INT 'in a comment', y STRING NOT NULL), f INT ARRAY, g STRING MULTISET, h ROW<>, i INT NOT NULL ARRAY NOT NULL
) WITH ('connector' = 'blackhole');

-- Raw type
-- create_table: – → t
-- flink: not asked, its serializer is a text of the user's classes
CREATE TABLE t (a RAW('org.example.Money', 'AEdvcmcuYXBhY2hl')) WITH ('connector' = 'blackhole');

-- Variant type
-- create_table: – → t
CREATE TABLE t (a VARIANT, b ARRAY<VARIANT>) WITH ('connector' = 'blackhole');

-- Type of the user's own
-- create_table: – → t
-- flink: refuses, it does not know the type
CREATE TABLE t (a `my`.`types`.`money`, b other) WITH ('connector' = 'blackhole');

-- Structured type
-- create_table: – → t
CREATE TABLE t (a STRUCTURED<'org.example.User', name STRING, age INT NOT NULL>) WITH ('connector' = 'blackhole');

-- Nullability and comments
-- create_table: – → t
CREATE TABLE t (a INT NOT NULL COMMENT 'it''s, a comment', b INT NULL, c STRING COMMENT 'c') COMMENT 'the table' WITH ('connector' = 'blackhole');

-- Computed columns
-- create_table: – → t
CREATE TABLE t (a INT, b AS a * 2 COMMENT 'twice', c AS UPPER(CAST(a AS STRING)), d AS PROCTIME(), `e f` AS TO_TIMESTAMP(`g h`), `g h` STRING) WITH ('connector' = 'datagen');

-- Metadata columns
-- create_table: – → t
CREATE TABLE t (
  a STRING, written TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', `partition` INT METADATA VIRTUAL, `offset` BIGINT NOT NULL METADATA VIRTUAL COMMENT 'o'
) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:9', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');

-- Default column
-- create_table: – → t
-- flink: refuses, its tables have no defaults
CREATE TABLE t (a INT DEFAULT 5 NOT NULL, b STRING DEFAULT 'x,y' COMMENT 'b') WITH ('connector' = 'blackhole');

-- Watermark
-- create_table: – → t
CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'datagen');

-- Watermark on a computed column
-- create_table: – → t
CREATE TABLE t (millis BIGINT, ts AS TO_TIMESTAMP_LTZ(millis, 3), WATERMARK FOR `ts` AS `ts`) WITH ('connector' = 'datagen');

-- Watermark on a field of a row
-- create_table: – → t
-- flink: refuses, it wants a column of its own
CREATE TABLE t (a ROW<ts TIMESTAMP(3)>, WATERMARK FOR a.ts AS a.ts) WITH ('connector' = 'datagen');

-- Primary key at the end
-- create_table: – → t
CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b) NOT ENFORCED) WITH ('connector' = 'print');

-- Primary key with a name
-- create_table: – → t
CREATE TABLE t (a INT, CONSTRAINT `the key` PRIMARY KEY (a) NOT ENFORCED, b INT) WITH ('connector' = 'print');

-- Primary key at its column
-- create_table: – → t
CREATE TABLE t (a INT CONSTRAINT k PRIMARY KEY NOT ENFORCED, b INT) WITH ('connector' = 'print');

-- PARTITIONED BY
-- create_table: – → t
CREATE TABLE t (a INT, `day` STRING) PARTITIONED BY (`day`) WITH ('connector' = 'blackhole');

-- DISTRIBUTED BY
-- create_table: – → t
CREATE TABLE t (a INT, b INT) DISTRIBUTED BY HASH(a, b) INTO 6 BUCKETS WITH ('connector' = 'blackhole');

-- DISTRIBUTED without a function
-- create_table: – → t
CREATE TABLE t (a INT) DISTRIBUTED BY (a) WITH ('connector' = 'blackhole');

-- DISTRIBUTED BY RANGE
-- create_table: – → t
CREATE TABLE t (a INT) DISTRIBUTED BY RANGE (a) INTO 3 BUCKETS WITH ('connector' = 'blackhole');

-- DISTRIBUTED INTO
-- create_table: – → t
CREATE TABLE t (a INT) DISTRIBUTED INTO 3 BUCKETS WITH ('connector' = 'blackhole');

-- Comment, distribution, partitions and options together
-- create_table: – → t
CREATE TABLE t (a INT, b STRING) COMMENT 'all of it' DISTRIBUTED BY HASH(a) INTO 2 BUCKETS PARTITIONED BY (b) WITH ('connector' = 'blackhole');

-- As on Confluent Cloud
-- create_table: – → t
-- flink: not asked, Confluent Cloud only
CREATE TABLE t (
  id STRING NOT NULL, `$rowtime` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, headers MAP<BYTES, BYTES> METADATA,
  WATERMARK FOR `$rowtime` AS SOURCE_WATERMARK(), PRIMARY KEY (id) NOT ENFORCED
) DISTRIBUTED BY HASH(id) INTO 6 BUCKETS WITH ('changelog.mode' = 'upsert', 'kafka.retention.time' = '7 d', 'value.format' = 'avro-registry');

-- Without columns and options
-- create_table: – → t
-- flink: not asked, Confluent Cloud only
CREATE TABLE t DISTRIBUTED INTO 6 BUCKETS;

-- IF NOT EXISTS, qualified
-- create_table: – → default_catalog.shop.t
CREATE TABLE IF NOT EXISTS default_catalog.shop.t (a INT) WITH ('connector' = 'blackhole');

-- TEMPORARY
-- create_table: – → t
CREATE TEMPORARY TABLE IF NOT EXISTS t (a INT) WITH ('connector' = 'blackhole');

-- A quoted name with a dot, a space and letters of any language
-- create_table: – → `größe der.tabelle`
CREATE TABLE `größe der.tabelle` (`ä` INT, `日本` STRING) WITH ('connector' = 'blackhole', 'größe' = 'ü');

-- LIKE
-- create_table: orders → t
CREATE TABLE t LIKE orders;

-- LIKE with options and columns
-- create_table: default_database.orders → t
CREATE TABLE t (extra INT, WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE) WITH ('number-of-rows' = '10')
LIKE default_database.orders (INCLUDING ALL OVERWRITING WATERMARKS OVERWRITING OPTIONS EXCLUDING CONSTRAINTS);

-- LIKE with every option
-- create_table: customers → t
CREATE TABLE t WITH ('connector' = 'blackhole')
LIKE customers (EXCLUDING ALL INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING METADATA INCLUDING PARTITIONS INCLUDING WATERMARKS EXCLUDING OPTIONS EXCLUDING DISTRIBUTION);

-- AS
-- create_table: orders → t
CREATE TABLE t WITH ('connector' = 'blackhole') AS SELECT order_id, amount FROM orders WHERE orders.amount > 1;

-- AS with key, distribution and a common table expression
-- create_table: orders → t
CREATE TABLE IF NOT EXISTS t (PRIMARY KEY (order_id) NOT ENFORCED) 
WITH ('connector' = 'print') AS WITH q AS (SELECT order_id, amount FROM orders) SELECT order_id, amount FROM q;

-- AS with a distribution
-- create_table: orders → t
-- flink: refuses, its print connector has no buckets
CREATE TABLE t DISTRIBUTED BY HASH(order_id) INTO 4 BUCKETS WITH ('connector' = 'print') AS SELECT order_id FROM orders;

-- Comments on the fields of a row, as Confluent shows them
-- create_table: – → t
-- flink: refuses, its parser wants the text alone
CREATE TABLE t (a ROW<x INT COMMENT 'in a comment', y STRING>) WITH ('connector' = 'blackhole');

-- AS with its own order of columns
-- create_table: orders → t
CREATE TABLE t (amount, order_id) WITH ('connector' = 'blackhole') AS SELECT order_id, amount FROM orders;

-- AS with columns of its own
-- create_table: orders → t
CREATE TABLE t (twice AS amount * 2, note STRING) WITH ('connector' = 'blackhole') AS SELECT order_id, amount FROM orders;

-- CREATE OR REPLACE TABLE AS
-- create_table: orders, payments → t
CREATE OR REPLACE TABLE t WITH ('connector' = 'blackhole') AS SELECT o.order_id, p.amount FROM orders o JOIN payments p ON o.order_id = p.order_id;

-- REPLACE TABLE AS
-- create_table: orders → report
REPLACE TABLE report WITH ('connector' = 'blackhole') AS SELECT order_id FROM orders;

-- Comments between everything
-- create_table: – → t
CREATE /* a */ TABLE -- b
t /* c */ ( -- d
a /* e */ INT -- f
, b STRING) /* g */ WITH /* h */ ('connector' /* i */ = 'blackhole' -- j
);

-- With a connection
-- create_table: – → orders_v2
-- flink: not asked, newer than the local stack's Flink
CREATE TABLE orders_v2 (id INT) USING CONNECTION shop.mysql WITH ('connector' = 'jdbc', 'tables' = 'orders');

-- A name and columns in Unicode quotes
-- create_table: – → new table
CREATE TABLE U&"new\0020table" (U&"a" INT, b AS U&"a" + 1, PRIMARY KEY (U&"a") NOT ENFORCED) WITH ('connector' = 'print');
