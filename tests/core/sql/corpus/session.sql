-- Settings, catalogs, modules, jars, and statements that only look.

-- SET
-- set: – → –
SET 'table.exec.state.ttl' = '1 d';

-- SET without quotes
-- set: – → –
-- flink: not asked, only the client takes it
SET table.local-time-zone = UTC;

-- SET, to list
-- set: – → –
SET;

-- RESET
-- reset: – → –
RESET 'table.exec.state.ttl';

-- RESET of everything
-- reset: – → –
RESET;

-- RESET without quotes
-- reset: – → –
-- flink: not asked, only the client takes it
RESET table.local-time-zone;

-- USE CATALOG
-- use: – → –
USE CATALOG default_catalog;

-- USE
-- use: – → –
USE default_catalog.shop;

-- USE MODULES
-- use: – → –
USE MODULES core;

-- LOAD MODULE
-- module: – → –
-- flink: refuses, the module is not there
LOAD MODULE hive WITH ('hive-version' = '3.1.3');

-- UNLOAD MODULE
-- module: – → –
UNLOAD MODULE core;

-- ADD JAR
-- jar: – → –
-- flink: refuses, the file is not there
ADD JAR '/nowhere/udf.jar';

-- REMOVE JAR
-- jar: – → –
-- flink: not asked, only the client takes it
REMOVE JAR '/nowhere/udf.jar';

-- CALL
-- call: – → –
-- flink: refuses, the procedure is not there
CALL `lake`.sys.compact('db.orders', ARRAY['a', 'b'], 1 + 2);

-- CALL with named arguments
-- call: – → –
-- flink: refuses, the procedure is not there
CALL sys.rollback_to_timestamp(`table` => 'db.orders', `timestamp` => TIMESTAMP '2026-01-01 00:00:00');

-- ANALYZE TABLE
-- analyze: orders → –
-- flink: refuses, streams have no statistics
ANALYZE TABLE orders COMPUTE STATISTICS FOR COLUMNS order_id, amount;

-- ANALYZE TABLE of partitions
-- analyze: archive → –
-- flink: refuses, streams have no statistics
ANALYZE TABLE archive PARTITION (`day` = '2026-01-01', `hour`) COMPUTE STATISTICS FOR ALL COLUMNS;

-- EXPLAIN
-- inspect: orders → –
EXPLAIN SELECT order_id FROM orders;

-- EXPLAIN with details
-- inspect: orders → –
EXPLAIN ESTIMATED_COST, CHANGELOG_MODE, JSON_EXECUTION_PLAN, PLAN_ADVICE INSERT INTO report SELECT order_id, product, 1 FROM orders;

-- EXPLAIN PLAN FOR
-- inspect: orders → –
EXPLAIN PLAN FOR SELECT orders.order_id FROM orders;

-- EXPLAIN of a statement set
-- inspect: orders, payments → –
EXPLAIN STATEMENT SET BEGIN
INSERT INTO report SELECT order_id, product, 1 FROM orders;
INSERT INTO totals SELECT order_id, amount FROM payments;
END;

-- DESCRIBE
-- inspect: orders → –
DESCRIBE orders;

-- DESC EXTENDED
-- inspect: default_catalog.shop.items → –
DESC EXTENDED default_catalog.shop.items;

-- DESCRIBE CATALOG
-- inspect: – → –
-- flink: refuses, it was not created by a statement
DESCRIBE CATALOG EXTENDED default_catalog;

-- DESCRIBE DATABASE
-- inspect: – → –
-- flink: refuses, its parser has no such statement yet
DESCRIBE DATABASE EXTENDED shop;

-- DESCRIBE FUNCTION
-- inspect: – → –
DESCRIBE FUNCTION EXTENDED `concat`;

-- DESCRIBE MODEL
-- inspect: – → –
-- flink: refuses, the model does not exist
DESCRIBE MODEL EXTENDED orders;

-- DESCRIBE JOB
-- inspect: – → –
-- flink: refuses, there is no such job
DESCRIBE JOB 'd5c5d1a39ba5d1a39ba5d1a39ba5d1a3';

-- SHOW CATALOGS
-- inspect: – → –
SHOW CATALOGS LIKE 'd%';

-- SHOW CURRENT DATABASE
-- inspect: – → –
SHOW CURRENT DATABASE;

-- SHOW CURRENT CATALOG
-- inspect: – → –
SHOW CURRENT CATALOG;

-- SHOW DATABASES
-- inspect: – → –
SHOW DATABASES FROM default_catalog LIKE 'sh%';

-- SHOW TABLES
-- inspect: – → –
SHOW TABLES FROM default_catalog.shop NOT LIKE 'x%';

-- SHOW VIEWS
-- inspect: – → –
SHOW VIEWS IN shop;

-- SHOW FUNCTIONS
-- inspect: – → –
SHOW USER FUNCTIONS FROM shop ILIKE 's%';

-- SHOW PROCEDURES
-- inspect: – → –
-- flink: refuses, its catalog in memory has no procedures
SHOW PROCEDURES FROM shop;

-- SHOW MODELS
-- inspect: – → –
SHOW MODELS FROM shop;

-- SHOW MODULES
-- inspect: – → –
SHOW FULL MODULES;

-- SHOW JARS
-- inspect: – → –
SHOW JARS;

-- SHOW JOBS
-- inspect: – → –
SHOW JOBS;

-- SHOW COLUMNS
-- inspect: orders → –
SHOW COLUMNS FROM orders NOT LIKE 'a%';

-- SHOW PARTITIONS
-- inspect: archive → –
SHOW PARTITIONS archive PARTITION (`day` = '1');

-- SHOW CREATE TABLE
-- inspect: default_database.orders → –
SHOW CREATE TABLE default_database.orders;

-- SHOW CREATE VIEW
-- inspect: v → –
-- flink: refuses, the view does not exist
SHOW CREATE VIEW v;

-- SHOW CREATE MATERIALIZED TABLE
-- inspect: m → –
-- flink: refuses, the table does not exist
SHOW CREATE MATERIALIZED TABLE m;

-- SHOW CREATE CATALOG
-- inspect: – → –
-- flink: refuses, it was not created by a statement
SHOW CREATE CATALOG default_catalog;

-- SHOW CREATE MODEL
-- inspect: – → –
-- flink: refuses, the model does not exist
SHOW CREATE MODEL orders;

-- STOP JOB
-- stop_job: – → –
-- flink: refuses, there is no such job
STOP JOB 'd5c5d1a39ba5d1a39ba5d1a39ba5d1a3';

-- STOP JOB, drained, with a savepoint
-- stop_job: – → –
-- flink: refuses, there is no such job
STOP JOB 'd5c5d1a39ba5d1a39ba5d1a39ba5d1a3' WITH SAVEPOINT WITH DRAIN;

-- EXPLAIN of CREATE TABLE AS
-- inspect: orders → –
EXPLAIN CREATE TABLE paid WITH ('connector' = 'print') AS SELECT order_id, amount FROM orders;

-- EXPLAIN EXECUTE
-- inspect: orders → –
EXPLAIN EXECUTE INSERT INTO report SELECT order_id, product, 1 FROM orders;

-- SHOW MATERIALIZED TABLES
-- inspect: – → –
SHOW MATERIALIZED TABLES FROM shop LIKE 'p%';

-- SHOW CONNECTIONS
-- inspect: – → –
-- flink: not asked, newer than the local stack's Flink
SHOW CONNECTIONS FROM shop NOT LIKE 'm%';

-- SHOW CREATE CONNECTION
-- inspect: – → –
-- flink: not asked, newer than the local stack's Flink
SHOW CREATE CONNECTION shop.orders;

-- DESCRIBE CONNECTION
-- inspect: – → –
-- flink: not asked, newer than the local stack's Flink
DESCRIBE CONNECTION EXTENDED shop.orders;

-- SHOW AGENTS of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
SHOW AGENTS LIKE 'h%';

-- SHOW TOOLS of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
SHOW TOOLS;

-- SHOW CREATE AGENT of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
SHOW CREATE AGENT shop.orders;

-- SHOW CREATE TOOL of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
SHOW CREATE TOOL orders;

-- DESCRIBE AGENT of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
DESCRIBE AGENT shop.orders;

-- DESCRIBE TOOL of Confluent
-- inspect: – → –
-- flink: not asked, Confluent Cloud only
DESC TOOL EXTENDED orders;
