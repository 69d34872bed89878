-- Views, materialized tables, functions, models, catalogs, databases, connections.

-- View
-- create_view: orders → v
CREATE VIEW v AS SELECT order_id, amount FROM orders;

-- View with columns
-- create_view: orders → v
CREATE VIEW IF NOT EXISTS v (id, n) COMMENT 'a view' AS SELECT order_id, quantity FROM orders;

-- View with comments on its columns
-- create_view: orders → v
-- flink: refuses, its parser wants names alone
CREATE VIEW IF NOT EXISTS v (id COMMENT 'the id', n) COMMENT 'a view' AS SELECT order_id, quantity FROM orders;

-- Temporary view over a join
-- create_view: orders, customers → shop.v
CREATE TEMPORARY VIEW shop.v AS SELECT o.order_id, c.name FROM orders o JOIN customers c ON o.customer_id = c.customer_id;

-- View of a set operation with WITH
-- create_view: orders, payments → v
CREATE VIEW v AS WITH q AS (SELECT order_id FROM orders) SELECT order_id FROM q UNION ALL SELECT order_id FROM payments;

-- View of rows
-- create_view: – → v
CREATE VIEW v (a, b) AS VALUES (1, 'x'), (2, 'y');

-- View or replacement
-- create_view: orders → v
CREATE OR REPLACE VIEW v AS SELECT order_id FROM orders;

-- Materialized table
-- create_materialized_table: orders → m
-- flink: refuses, its catalog in memory cannot keep it
CREATE MATERIALIZED TABLE m
PARTITIONED BY (product) WITH ('format' = 'json') FRESHNESS = INTERVAL '3' MINUTE REFRESH_MODE = CONTINUOUS
AS SELECT product, COUNT(*) AS n FROM orders GROUP BY product;

-- Materialized table with everything
-- create_materialized_table: orders, customers → shop.m
-- flink: refuses, its catalog in memory cannot keep it
CREATE MATERIALIZED TABLE shop.m (CONSTRAINT pk PRIMARY KEY (order_id) NOT ENFORCED)
COMMENT 'a comment' DISTRIBUTED BY HASH(order_id) INTO 4 BUCKETS WITH ('a' = 'b')
FRESHNESS = INTERVAL '1' DAY REFRESH_MODE = FULL
AS SELECT orders.order_id, c.name FROM orders JOIN customers c ON orders.customer_id = c.customer_id;

-- Materialized table without freshness
-- create_materialized_table: orders → m
-- flink: refuses, its catalog in memory cannot keep it
CREATE MATERIALIZED TABLE m AS SELECT order_id FROM orders;

-- Materialized table, created or altered
-- create_materialized_table: orders → m
-- flink: refuses, its catalog in memory cannot keep it
CREATE OR ALTER MATERIALIZED TABLE m FRESHNESS = INTERVAL '30' SECOND AS SELECT order_id FROM orders;

-- Function
-- create_function: – → –
CREATE FUNCTION score AS 'org.example.Score';

-- Function in Python
-- create_function: – → –
CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS score AS 'example.score' LANGUAGE PYTHON;

-- Function in jars
-- create_function: – → –
-- flink: not asked, it would need the jars
CREATE TEMPORARY FUNCTION IF NOT EXISTS shop.orders AS 'org.example.Score' LANGUAGE JAVA USING JAR '/tmp/a.jar', JAR 's3://b.jar';

-- Function of Confluent
-- create_function: – → –
-- flink: not asked, Confluent Cloud only
CREATE FUNCTION score AS 'org.example.Score' USING JAR 'confluent-artifact://cfa-1/ver-2';

-- Model
-- create_model: – → –
CREATE MODEL sentiment INPUT (text STRING) OUTPUT (label STRING COMMENT 'good or bad', score DOUBLE) COMMENT 'a model'
WITH ('provider' = 'openai', 'endpoint' = 'https://example.org/v1', 'model' = 'small');

-- Model that is called like a table
-- create_model: – → –
CREATE TEMPORARY MODEL IF NOT EXISTS default_database.orders INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai');

-- Model of a query
-- create_model: orders → –
-- flink: refuses, it trains no models
CREATE MODEL forecast WITH ('task' = 'regression') AS SELECT amount, quantity FROM orders;

-- Catalog
-- create_catalog: – → –
CREATE CATALOG lake WITH ('type' = 'generic_in_memory', 'default-database' = 'db');

-- Catalog with a comment
-- create_catalog: – → –
CREATE CATALOG IF NOT EXISTS lake COMMENT 'the lake' WITH ('type' = 'generic_in_memory');

-- Database
-- create_database: – → –
CREATE DATABASE IF NOT EXISTS default_catalog.orders COMMENT 'called like a table' WITH ('a' = 'b');

-- Connection of Confluent
-- create_connection: – → –
-- flink: not asked, Confluent Cloud only
CREATE CONNECTION openai_connection WITH ('type' = 'openai', 'endpoint' = 'https://example.org', 'api-key' = '…');

-- Agent of Confluent
-- create_agent: – → –
-- flink: not asked, Confluent Cloud only
CREATE AGENT IF NOT EXISTS shop.helper USING MODEL orders USING PROMPT 'Answer FROM orders' USING TOOLS shop.lookup, search
COMMENT 'answers customers' WITH ('max_iterations' = '5');

-- Agent of other agents of Confluent
-- create_agent: – → –
-- flink: not asked, Confluent Cloud only
CREATE AGENT reviewer USING AGENTS drafter, shop.critic WITH ('max_iterations' = '3');

-- Tool of a function, of Confluent
-- create_tool: – → –
-- flink: not asked, Confluent Cloud only
CREATE TOOL shop.lookup USING FUNCTION look_up COMMENT 'looks accounts up' WITH ('type' = 'function');

-- Tool behind a connection, of Confluent
-- create_tool: – → –
-- flink: not asked, Confluent Cloud only
CREATE TOOL IF NOT EXISTS search USING CONNECTION mcp WITH ('type' = 'mcp', 'allowed_tools' = 'a,b');

-- Function with connections, of Confluent
-- create_function: – → –
-- flink: not asked, Confluent Cloud only
CREATE FUNCTION geocode AS 'com.example.Geocode' USING JAR 'confluent-artifact://cfa-1' USING CONNECTIONS ('maps', 'billing');

-- Materialized table with a start mode
-- create_materialized_table: orders → paid
-- flink: not asked, newer than the local stack's Flink
CREATE OR ALTER MATERIALIZED TABLE paid START_MODE = RESUME_OR_FROM_TIMESTAMP(TIMESTAMP '2026-01-01 00:00:00')
AS SELECT order_id, amount FROM orders WHERE status = 'paid';

-- Materialized table with the order of its columns alone
-- create_materialized_table: orders → paid
-- flink: refuses, its catalog in memory cannot keep it
CREATE MATERIALIZED TABLE paid (amount, order_id) REFRESH_MODE = FULL AS SELECT order_id, amount FROM orders;
