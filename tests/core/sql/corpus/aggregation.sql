-- Grouping, windows over rows, Top-N, deduplication, patterns.

-- GROUP BY with HAVING
-- select: orders → –
SELECT customer_id, COUNT(*) AS n, SUM(amount) AS total FROM orders GROUP BY customer_id HAVING COUNT(*) > 2;

-- GROUP BY an expression
-- select: orders → –
SELECT UPPER(product), MAX(amount) FROM orders GROUP BY UPPER(product);

-- GROUP BY nothing
-- select: orders → –
SELECT COUNT(*), COUNT(DISTINCT customer_id) FROM orders GROUP BY ();

-- GROUPING SETS
-- select: orders → –
SELECT customer_id, product, SUM(amount) FROM orders GROUP BY GROUPING SETS ((customer_id, product), (customer_id), ());

-- GROUPING SETS with single columns
-- select: orders → –
SELECT customer_id, product, GROUPING(product) AS level FROM orders GROUP BY GROUPING SETS (customer_id, product);

-- CUBE
-- select: orders → –
SELECT customer_id, product, status, COUNT(*) FROM orders GROUP BY CUBE (customer_id, product, status);

-- ROLLUP
-- select: orders → –
SELECT customer_id, product, GROUPING_ID(customer_id, product) FROM orders GROUP BY ROLLUP (customer_id, product);

-- ROLLUP beside a plain key
-- select: orders → –
SELECT status, customer_id, product, COUNT(*) FROM orders GROUP BY status, ROLLUP (customer_id, product);

-- Aggregates with FILTER
-- select: orders → –
SELECT customer_id, COUNT(*) FILTER (WHERE status = 'paid') AS paid, SUM(amount) FILTER (WHERE quantity > 1) FROM orders GROUP BY customer_id;

-- LISTAGG and COLLECT
-- select: orders → –
SELECT customer_id, LISTAGG(product, ';'), COLLECT(DISTINCT product), ARRAY_AGG(product) FROM orders GROUP BY customer_id;

-- FIRST_VALUE, LAST_VALUE
-- select: orders → –
SELECT customer_id, FIRST_VALUE(product), LAST_VALUE(amount) FROM orders GROUP BY customer_id;

-- Legacy tumbling window
-- select: orders → –
SELECT customer_id, TUMBLE_START(ts, INTERVAL '1' HOUR), SUM(amount) FROM orders GROUP BY customer_id, TUMBLE(ts, INTERVAL '1' HOUR);

-- Legacy hopping window
-- select: orders → –
SELECT customer_id, HOP_END(ts, INTERVAL '5' MINUTE, INTERVAL '1' HOUR), COUNT(*)
FROM orders GROUP BY HOP(ts, INTERVAL '5' MINUTE, INTERVAL '1' HOUR), customer_id;

-- Legacy session window
-- select: orders → –
SELECT customer_id, SESSION_START(ts, INTERVAL '30' MINUTE), SESSION_ROWTIME(ts, INTERVAL '30' MINUTE)
FROM orders GROUP BY SESSION(ts, INTERVAL '30' MINUTE), customer_id;

-- OVER a range of time
-- select: orders → –
SELECT order_id, SUM(amount) OVER (PARTITION BY customer_id ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) FROM orders;

-- OVER a number of rows
-- select: orders → –
SELECT order_id, AVG(amount) OVER (PARTITION BY product ORDER BY ts ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) FROM orders;

-- OVER without bounds
-- select: orders → –
SELECT order_id, COUNT(*) OVER (PARTITION BY customer_id ORDER BY ts RANGE UNBOUNDED PRECEDING), LAG(amount, 1) OVER (PARTITION BY customer_id ORDER BY ts) FROM orders;

-- A named window
-- select: orders → –
SELECT order_id, SUM(amount) OVER w, COUNT(*) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- Top-N
-- select: orders → –
SELECT customer_id, product, amount FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY product ORDER BY amount DESC) AS rn FROM orders
) WHERE rn <= 3;

-- RANK
-- select: orders → –
-- flink: refuses, streams have row numbers only
SELECT * FROM (SELECT order_id, RANK() OVER (PARTITION BY product ORDER BY amount) AS r FROM orders) WHERE r <= 10;

-- Deduplication, the first row stays
-- select: orders → –
SELECT order_id, customer_id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts ASC) AS rn FROM orders) WHERE rn = 1;

-- Window Top-N
-- select: orders → –
SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY total DESC) AS rn FROM (
    SELECT window_start, window_end, customer_id, SUM(amount) AS total
    FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, customer_id
  )
) WHERE rn <= 3;

-- MATCH_RECOGNIZE
-- select: orders → –
SELECT m.customer_id, m.started, m.ended FROM orders
MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts
  MEASURES FIRST(A.ts) AS started, LAST(B.ts) AS ended, AVG(B.amount) AS average
  ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
  PATTERN (A B+ C) WITHIN INTERVAL '1' HOUR
  DEFINE A AS A.amount > 10, B AS B.amount < LAST(A.amount, 1), C AS C.status = 'void'
) AS m;

-- MATCH_RECOGNIZE with quantifiers, and variables named like tables
-- select: orders → –
SELECT * FROM orders
MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts
  MEASURES payments.amount AS first_amount, LAST(shipments.ts) AS last_ts
  AFTER MATCH SKIP TO LAST shipments
  PATTERN (payments{2} shipments*? orders)
  DEFINE payments AS payments.amount > 1, shipments AS shipments.amount < 5, orders AS orders.quantity = 1
);

-- MATCH_RECOGNIZE over a subquery
-- select: orders → –
SELECT T.total FROM (SELECT customer_id, amount, ts FROM orders)
MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES SUM(A.amount) AS total
  ONE ROW PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (A{3} B) DEFINE A AS A.amount < 10
) AS T;

-- MATCH_RECOGNIZE joined
-- select: orders, customers → –
SELECT c.name, m.total FROM orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES SUM(A.amount) AS total PATTERN (A+ B) DEFINE A AS A.amount < 10, B AS TRUE
) AS m JOIN customers c ON c.customer_id = m.customer_id;

-- MATCH_RECOGNIZE with a union of variables, an alternative and an exclusion
-- select: orders → –
-- flink: refuses, its patterns have no branches
SELECT * FROM orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES AVG(U.amount) AS average, MATCH_ROWTIME() AS at_ts
  PATTERN ((A | B){1,} {- C -} PERMUTE(A, B)) SUBSET U = (A, B)
  DEFINE A AS PREV(A.amount, 1) > 1, B AS NEXT(B.amount) > 1, C AS TRUE
);

-- MATCH_RECOGNIZE with all rows
-- select: orders → –
-- flink: refuses, it gives one row a match
SELECT * FROM orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES A.amount AS a ALL ROWS PER MATCH PATTERN (A+) DEFINE A AS A.amount < 10
);

-- MATCH_RECOGNIZE from the first row to the last
-- select: orders → –
SELECT * FROM orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES A.amount AS a AFTER MATCH SKIP TO B
  PATTERN (^ A+ B $) DEFINE A AS A.amount < 10, B AS B.amount > 10
);

-- MATCH_RECOGNIZE on the right side of a join
-- select: customers, orders → –
SELECT c.name, m.total FROM customers c LEFT JOIN orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES SUM(A.amount) AS total PATTERN (A+ B) DEFINE A AS A.amount < 10, B AS TRUE
) AS m ON c.customer_id = m.customer_id;

-- MATCH_RECOGNIZE behind a comma
-- select: customers, orders → –
SELECT customers.name, m.total FROM customers, orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES SUM(A.amount) AS total PATTERN (A+ B) DEFINE A AS A.amount < 10, B AS TRUE
) AS m WHERE customers.customer_id = m.customer_id;

-- MATCH_RECOGNIZE over a joined subquery
-- select: customers, orders → –
SELECT c.name, m.last_ts FROM customers c JOIN (SELECT customer_id, amount, ts FROM orders) MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES FINAL LAST(A.ts) AS last_ts PATTERN (A{2,} B) DEFINE A AS A.amount < 10
) AS m ON c.customer_id = m.customer_id;

-- Aggregates of the standard
-- select: orders → –
SELECT product, STDDEV_POP(amount), STDDEV_SAMP(quantity), VAR_POP(amount), VAR_SAMP(amount), VARIANCE(amount), STDDEV(quantity)
FROM orders GROUP BY product;

-- PERCENTILE
-- select: orders → –
SELECT product, PERCENTILE(quantity, 0.9), PERCENTILE(quantity, ARRAY[0.5, 0.9]) FROM orders GROUP BY product;

-- Aggregates within distinct keys
-- select: orders → –
SELECT customer_id, SUM(amount) WITHIN DISTINCT (order_id) AS total FROM orders GROUP BY customer_id;

-- Aggregates in an order
-- select: orders → –
SELECT customer_id, ARRAY_AGG(product ORDER BY quantity DESC), COLLECT(product) WITHIN GROUP (ORDER BY amount) FROM orders GROUP BY customer_id;

-- LISTAGG in an order, of some rows
-- select: orders → –
-- flink: refuses, its LISTAGG has no order
SELECT customer_id, LISTAGG(product, ';') WITHIN GROUP (ORDER BY quantity DESC, product) FILTER (WHERE amount > 1) FROM orders GROUP BY customer_id;

-- GROUP BY with keys of every sort
-- select: orders → –
SELECT status, COUNT(*) FROM orders GROUP BY DISTINCT status, CUBE (customer_id, product), ROLLUP ((customer_id, product), quantity), GROUPING SETS ((quantity), ());

-- GROUPING SETS of others
-- select: orders → –
-- flink: refuses, its planner has no sets within sets
SELECT status, COUNT(*) FROM orders GROUP BY GROUPING SETS (ROLLUP (customer_id, product), CUBE (status), ());

-- MATCH_RECOGNIZE that goes on behind a variable
-- select: orders → –
SELECT * FROM orders MATCH_RECOGNIZE (
  PARTITION BY customer_id ORDER BY ts MEASURES A.amount AS a AFTER MATCH SKIP TO B
  PATTERN (A B) DEFINE A AS A.amount < 10, B AS B.amount > 10
);

-- OVER that allows parts of its frame
-- select: orders → –
SELECT order_id, SUM(quantity) OVER (ORDER BY ts ROWS 2 PRECEDING ALLOW PARTIAL) FROM orders;
