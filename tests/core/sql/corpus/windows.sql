-- Window functions and other functions that read tables.

-- TUMBLE
-- select: orders → –
SELECT window_start, window_end, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end;

-- TUMBLE with named arguments
-- select: orders → –
SELECT window_start, SUM(amount) FROM TABLE(
  TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES)
) GROUP BY window_start, window_end;

-- TUMBLE without TABLE around it
-- select: orders → –
SELECT window_start, COUNT(*) FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES) GROUP BY window_start, window_end;

-- TUMBLE with an alias
-- select: orders → –
SELECT w.order_id, w.window_time FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY)) AS w;

-- HOP
-- select: orders → –
SELECT window_start, window_end, COUNT(*) FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end;

-- CUMULATE
-- select: orders → –
SELECT window_start, window_end, COUNT(*) FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end;

-- SESSION with a partition
-- select: orders → –
SELECT customer_id, window_start, COUNT(*) FROM TABLE(SESSION(TABLE orders PARTITION BY customer_id, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY customer_id, window_start, window_end;

-- SESSION with a partition of two columns
-- select: orders → –
SELECT customer_id, product, window_start FROM TABLE(SESSION(TABLE orders PARTITION BY (customer_id, product), DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY customer_id, product, window_start, window_end;

-- A window over a qualified table
-- select: default_catalog.default_database.orders → –
SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE default_catalog.default_database.orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- A window over a common table expression
-- select: orders → –
WITH paid AS (SELECT * FROM orders WHERE status = 'paid')
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE paid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- A window over a query
-- select: orders → –
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE((SELECT ts, amount FROM orders), DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- GROUPING SETS of a window
-- select: orders → –
SELECT window_start, window_end, customer_id, SUM(amount) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES))
GROUP BY window_start, window_end, GROUPING SETS ((customer_id), ());

-- A process table function
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT * FROM score(TABLE orders PARTITION BY customer_id, 5);

-- A process table function with named arguments
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT * FROM score(input => TABLE orders PARTITION BY customer_id ORDER BY ts, threshold => 5, on_time => DESCRIPTOR(ts), uid => 'score-v1');

-- A process table function of two tables
-- select: orders, payments → –
-- flink: not asked, the function is the user's own
SELECT out1, out2 FROM match_up(TABLE orders PARTITION BY order_id, TABLE payments PARTITION BY order_id) AS t (out1, out2);

-- A process table function of a qualified name, over a query
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT * FROM cat.db.score((SELECT customer_id, amount FROM orders), 'mode' => 'x') AS s
-- a string is no name for an argument, Flink refuses this one
;

-- VECTOR_SEARCH
-- select: events, documents → –
-- flink: not asked, no connector of the local stack searches vectors
SELECT e.id, v.title, v.score FROM events AS e,
LATERAL TABLE(VECTOR_SEARCH(TABLE documents, DESCRIPTOR(embedding), e.vector, 10)) AS v;

-- VECTOR_SEARCH with named arguments
-- select: events, documents → –
-- flink: not asked, no connector of the local stack searches vectors
SELECT * FROM events AS e LEFT JOIN LATERAL TABLE(VECTOR_SEARCH(
  SEARCH_TABLE => TABLE documents, COLUMN_TO_QUERY => e.vector, COLUMN_TO_SEARCH => DESCRIPTOR(embedding), TOP_K => 10,
  CONFIG => MAP['async', 'true'])) AS v ON TRUE;

-- VECTOR_SEARCH_AGG of Confluent
-- select: events, documents → –
-- flink: not asked, Confluent Cloud only
SELECT id, search_results FROM events, LATERAL TABLE(VECTOR_SEARCH_AGG(documents, DESCRIPTOR(embedding), vector, 3));

-- KEY_SEARCH_AGG of Confluent with a qualified, quoted table
-- select: orders, lake.db.customer history → –
-- flink: not asked, Confluent Cloud only
SELECT * FROM orders, LATERAL TABLE(KEY_SEARCH_AGG(`lake`.`db`.`customer history`, DESCRIPTOR(customer_id), orders.customer_id));

-- ML_PREDICT
-- select: orders → –
-- flink: not asked, no model provider on the local stack
SELECT order_id, label FROM ML_PREDICT(TABLE orders, MODEL orders, DESCRIPTOR(product));

-- ML_PREDICT with named arguments
-- select: orders → –
-- flink: not asked, no model provider on the local stack
SELECT * FROM TABLE(ML_PREDICT(INPUT => TABLE orders, MODEL => MODEL my_catalog.db.sentiment, ARGS => DESCRIPTOR(product), CONFIG => MAP['async', 'true']));

-- ML_PREDICT of Confluent, for each row
-- select: orders → –
-- flink: not asked, Confluent Cloud only
SELECT o.order_id, p.label FROM orders AS o, LATERAL TABLE(ML_PREDICT('sentiment$1', o.product)) AS p (label);

-- ML_EVALUATE of Confluent
-- select: orders → –
-- flink: not asked, Confluent Cloud only
SELECT ML_EVALUATE(`sentiment$all`, product, status) FROM orders;

-- AI_COMPLETE of Confluent
-- select: orders → –
-- flink: not asked, Confluent Cloud only
SELECT order_id, response FROM orders, LATERAL TABLE(AI_COMPLETE('writer', CONCAT('About ', product), MAP['debug', true]));

-- Anomalies and forecasts of Confluent
-- select: orders → –
-- flink: not asked, Confluent Cloud only
SELECT order_id, ML_FORECAST(amount, ts, JSON_OBJECT('minTrainingSize' VALUE 10)) OVER (PARTITION BY customer_id ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS forecast FROM orders;

-- The record's time of Confluent
-- select: orders → –
-- flink: not asked, Confluent Cloud only
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR($rowtime), INTERVAL '1' MINUTE)) WHERE `$rowtime` > TIMESTAMP '2026-01-01 00:00:00' GROUP BY window_start, window_end;

-- Changes read as rows
-- select: customers → –
-- flink: not asked, newer than the local stack's Flink
SELECT * FROM TO_CHANGELOG(input => TABLE customers PARTITION BY customer_id, op => DESCRIPTOR(op));
