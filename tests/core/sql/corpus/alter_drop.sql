-- ALTER and DROP.

-- A table renamed
-- alter: – → report, report2
ALTER TABLE report RENAME TO report2;

-- A qualified table renamed
-- alter: – → shop.items, items2
ALTER TABLE IF EXISTS shop.items RENAME TO items2;

-- A column renamed
-- alter: – → report
ALTER TABLE report RENAME name TO title;

-- Options set
-- alter: – → report
ALTER TABLE report SET ('print-identifier' = 'x', 'sink.parallelism' = '1');

-- Options reset
-- alter: – → orders
ALTER TABLE orders RESET ('number-of-rows', 'rows-per-second');

-- A column added
-- alter: – → report
ALTER TABLE report ADD extra STRING COMMENT 'new';

-- Columns added in places
-- alter: – → report
ALTER TABLE report ADD (a INT NOT NULL FIRST, b AS n + 1 AFTER id, c ROW<x INT> AFTER `name`);

-- A metadata column and a watermark added
-- alter: – → report
ALTER TABLE report ADD (written TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR written AS written - INTERVAL '1' SECOND);

-- A primary key added
-- alter: – → report
ALTER TABLE report ADD CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED;

-- A distribution added
-- alter: – → report
ALTER TABLE report ADD DISTRIBUTION BY HASH(id) INTO 4 BUCKETS;

-- A watermark changed
-- alter: – → orders
ALTER TABLE orders MODIFY WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE;

-- Columns changed
-- alter: – → report
ALTER TABLE report MODIFY (n BIGINT NOT NULL COMMENT 'counted', name STRING FIRST);

-- A distribution changed
-- alter: – → t
-- flink: refuses, the table does not exist
ALTER TABLE t MODIFY DISTRIBUTION INTO 8 BUCKETS;

-- A column dropped
-- alter: – → report
ALTER TABLE report DROP n;

-- Columns dropped
-- alter: – → report
ALTER TABLE report DROP (n, `name`);

-- A primary key dropped
-- alter: – → totals
ALTER TABLE totals DROP PRIMARY KEY;

-- A constraint dropped
-- alter: – → totals
-- flink: refuses, the key has another name
ALTER TABLE totals DROP CONSTRAINT pk;

-- A watermark dropped
-- alter: – → payments
ALTER TABLE payments DROP WATERMARK;

-- A distribution dropped
-- alter: – → t
-- flink: refuses, the table does not exist
ALTER TABLE t DROP DISTRIBUTION;

-- A partition added
-- alter: – → archive
ALTER TABLE archive ADD IF NOT EXISTS PARTITION (`day` = '1', `hour` = '2') WITH ('a' = 'b') PARTITION (`day` = '2', `hour` = '3');

-- A partition dropped
-- alter: – → archive
-- flink: refuses, there is no such partition
ALTER TABLE archive DROP PARTITION (`day` = '1', `hour` = '2');

-- A view renamed
-- alter: – → v, w
-- flink: refuses, the view does not exist
ALTER VIEW v RENAME TO w;

-- A view given another query
-- alter: orders → v
-- flink: refuses, the view does not exist
ALTER VIEW v AS SELECT orders.order_id FROM orders;

-- A materialized table suspended
-- alter: – → m
-- flink: refuses, there is no such table in its catalog
ALTER MATERIALIZED TABLE m SUSPEND;

-- A materialized table resumed
-- alter: – → m
-- flink: refuses, there is no such table in its catalog
ALTER MATERIALIZED TABLE m RESUME WITH ('sink.parallelism' = '2');

-- A materialized table refreshed
-- alter: – → m
-- flink: refuses, there is no such table in its catalog
ALTER MATERIALIZED TABLE m REFRESH PARTITION (`day` = '2026-01-01');

-- A materialized table given another freshness
-- alter: – → m
-- flink: refuses, there is no such table in its catalog
ALTER MATERIALIZED TABLE m SET FRESHNESS = INTERVAL '1' HOUR;

-- A materialized table given another query
-- alter: orders → m
-- flink: refuses, there is no such table in its catalog
ALTER MATERIALIZED TABLE m AS SELECT order_id, amount FROM orders;

-- A function changed
-- alter: – → –
-- flink: refuses, the function does not exist
ALTER FUNCTION orders AS 'org.example.Other' LANGUAGE SCALA;

-- A model changed
-- alter: – → –
ALTER MODEL IF EXISTS orders SET ('model' = 'large');

-- A model's options reset
-- alter: – → –
ALTER MODEL IF EXISTS orders RESET ('model');

-- A model renamed
-- alter: – → –
ALTER MODEL IF EXISTS orders RENAME TO orders2;

-- A database changed
-- alter: – → –
ALTER DATABASE default_catalog.shop SET ('a' = 'b');

-- A catalog changed
-- alter: – → –
-- flink: refuses, the catalog does not exist
ALTER CATALOG lake SET ('a' = 'b');

-- A catalog's comment
-- alter: – → –
-- flink: refuses, the catalog does not exist
ALTER CATALOG lake COMMENT 'the lake';

-- DROP TABLE
-- drop: – → report
DROP TABLE report;

-- DROP TABLE, if it is there
-- drop: – → default_catalog.shop.items
DROP TABLE IF EXISTS default_catalog.shop.`items`;

-- DROP TEMPORARY TABLE
-- drop: – → orders
DROP TEMPORARY TABLE IF EXISTS orders;

-- DROP VIEW
-- drop: – → v
DROP VIEW IF EXISTS v;

-- DROP MATERIALIZED TABLE
-- drop: – → m
DROP MATERIALIZED TABLE IF EXISTS m;

-- DROP FUNCTION
-- drop: – → –
DROP TEMPORARY SYSTEM FUNCTION IF EXISTS orders;

-- DROP MODEL
-- drop: – → –
DROP MODEL IF EXISTS orders;

-- DROP DATABASE
-- drop: – → –
DROP DATABASE IF EXISTS orders CASCADE;

-- DROP CATALOG
-- drop: – → –
DROP CATALOG IF EXISTS lake;

-- DROP CONNECTION of Confluent
-- drop: – → –
-- flink: not asked, Confluent Cloud only
DROP CONNECTION openai_connection;

-- A connection renamed
-- alter: – → –
-- flink: not asked, newer than the local stack's Flink
ALTER CONNECTION IF EXISTS shop.maps RENAME TO orders;

-- An agent's model of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER AGENT helper SET MODEL orders;

-- An agent's prompt of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER AGENT IF EXISTS helper SET PROMPT 'Be brief';

-- An agent's tool added, of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER AGENT helper ADD TOOL shop.lookup;

-- An agent's tool taken away, of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER AGENT helper REMOVE TOOL search;

-- An agent's options of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER AGENT helper SET ('max_iterations' = '10');

-- A tool's options of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER TOOL search SET ('request_timeout' = '60');

-- A tool renamed, of Confluent
-- alter: – → –
-- flink: not asked, Confluent Cloud only
ALTER TOOL search RENAME TO orders;

-- A materialized table evolved, of Confluent
-- alter: orders → paid
-- flink: not asked, Confluent Cloud only
ALTER MATERIALIZED TABLE paid (order_id STRING, amount DECIMAL(10, 2)) WITH ('changelog.mode' = 'append')
START_MODE = RESUME_OR_FROM_BEGINNING AS SELECT order_id, amount FROM orders WHERE status = 'paid';

-- A table made a lightning table, of Confluent
-- alter: – → orders
-- flink: not asked, Confluent Cloud only
ALTER TABLE orders SET LIGHTNING MODE (on);

-- DROP AGENT of Confluent
-- drop: – → –
-- flink: not asked, Confluent Cloud only
DROP AGENT IF EXISTS orders;

-- DROP TOOL of Confluent
-- drop: – → –
-- flink: not asked, Confluent Cloud only
DROP TOOL orders;
