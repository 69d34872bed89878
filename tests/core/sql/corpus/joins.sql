-- Joins of every kind.

-- Inner join
-- select: orders, payments → –
SELECT o.order_id, p.amount FROM orders o INNER JOIN payments p ON o.order_id = p.order_id;

-- Left, right and full join
-- select: orders, payments, shipments, customers → –
SELECT o.order_id, p.amount, s.carrier, c.name FROM orders o
LEFT JOIN payments p ON o.order_id = p.order_id
RIGHT OUTER JOIN shipments s ON o.order_id = s.order_id
FULL OUTER JOIN customers c ON o.customer_id = c.customer_id;

-- Cross join
-- select: orders, payments → –
SELECT o.order_id FROM orders o CROSS JOIN payments p;

-- Comma join
-- select: orders, payments, shipments → –
SELECT o.order_id FROM orders o, payments AS p, shipments WHERE o.order_id = p.order_id AND p.order_id = shipments.order_id;

-- Comma join and JOIN together
-- select: orders, payments, shipments → –
SELECT o.order_id FROM orders o, payments p JOIN shipments s ON p.order_id = s.order_id WHERE o.order_id = p.order_id;

-- USING
-- select: orders, payments → –
SELECT order_id, channel FROM orders JOIN payments USING (order_id);

-- NATURAL JOIN
-- select: shipments, customers → –
SELECT carrier, name FROM shipments NATURAL JOIN (SELECT customer_id AS order_id, name FROM customers) AS c;

-- Joins in parentheses
-- select: orders, payments, shipments → –
SELECT o.order_id FROM orders o LEFT JOIN (payments p JOIN shipments s ON p.order_id = s.order_id) ON o.order_id = p.order_id;

-- Joins in parentheses at the beginning
-- select: orders, payments, customers → –
SELECT orders.order_id FROM (orders CROSS JOIN payments) JOIN customers ON customers.customer_id = orders.customer_id;

-- Join conditions at the end
-- select: orders, payments, shipments → –
-- flink: refuses, its parser wants parentheses here
SELECT o.order_id FROM orders o JOIN payments p JOIN shipments s ON p.order_id = s.order_id ON o.order_id = p.order_id;

-- A table joined with itself
-- select: orders → –
SELECT a.order_id, b.order_id FROM orders a JOIN orders b ON a.customer_id = b.customer_id AND a.order_id <> b.order_id;

-- A table joined with itself, once under its own name
-- select: orders → –
SELECT orders.order_id, later.order_id FROM orders JOIN orders AS later ON orders.customer_id = later.customer_id;

-- Interval join
-- select: orders, shipments → –
SELECT o.order_id, s.ts FROM orders o, shipments s
WHERE o.order_id = s.order_id AND s.ts BETWEEN o.ts AND o.ts + INTERVAL '4' HOUR;

-- Temporal join on event time
-- select: orders, customers → –
SELECT o.order_id, c.name FROM orders AS o
LEFT JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.customer_id = c.customer_id;

-- Temporal join without aliases
-- select: orders, customers → –
SELECT orders.order_id, customers.name FROM orders
JOIN customers FOR SYSTEM_TIME AS OF orders.ts ON orders.customer_id = customers.customer_id;

-- Temporal join with a subquery's time
-- select: orders, customers → –
SELECT o.order_id, c.name FROM (SELECT * FROM orders WHERE amount > 1) AS o
JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.customer_id = c.customer_id;

-- Lookup join
-- select: orders, customers → –
-- flink: not asked, no connector of the local stack looks rows up
SELECT o.order_id, c.name FROM orders AS o JOIN customers FOR SYSTEM_TIME AS OF o.proc AS c ON o.customer_id = c.customer_id;

-- Lookup join with retries
-- select: orders, customers → –
-- flink: not asked, no connector of the local stack looks rows up
SELECT /*+ LOOKUP('table' = 'customers', 'retry-predicate' = 'lookup_miss', 'retry-strategy' = 'fixed_delay',
  'fixed-delay' = '1s', 'max-attempts' = '3') */ o.order_id, customers.name
FROM orders AS o JOIN customers FOR SYSTEM_TIME AS OF o.proc ON o.customer_id = customers.customer_id;

-- A fixed point in time
-- select: orders → –
-- flink: not asked, no catalog of the local stack travels in time
SELECT order_id FROM orders FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01 00:00:00';

-- Array unnested
-- select: customers → –
SELECT c.customer_id, t.tag FROM customers AS c CROSS JOIN UNNEST(c.tags) AS t (tag);

-- Array unnested after a comma
-- select: customers → –
SELECT customer_id, tag FROM customers, UNNEST(tags) AS t (tag);

-- Array unnested with its positions
-- select: customers → –
SELECT customer_id, tag, pos FROM customers CROSS JOIN UNNEST(tags) WITH ORDINALITY AS t (tag, pos);

-- Array of rows unnested
-- select: events → –
SELECT e.id, i.sku, i.price FROM events e CROSS JOIN UNNEST(e.items) AS i (sku, price);

-- Array unnested under its table's own name
-- select: customers → –
SELECT customers.customer_id, tag FROM customers LEFT JOIN UNNEST(customers.tags) AS t (tag) ON TRUE;

-- Map unnested
-- select: customers → –
SELECT customer_id, k, v FROM customers CROSS JOIN UNNEST(attributes) AS t (k, v);

-- A literal array unnested
-- select: – → –
SELECT n FROM UNNEST(ARRAY[1, 2, 3]) AS t (n);

-- A function for each row
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT o.order_id, t.word FROM orders AS o, LATERAL TABLE(split_words(o.product)) AS t (word);

-- A function for each row, in an outer join
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT o.order_id, t.word FROM orders AS o LEFT JOIN LATERAL TABLE(split_words(o.product)) AS t (word) ON TRUE;

-- A lateral subquery
-- select: customers, orders → –
SELECT c.name, t.order_id FROM customers AS c, LATERAL (SELECT order_id FROM orders o WHERE o.customer_id = c.customer_id) AS t;

-- A lateral subquery for the first rows of each
-- select: customers, orders → –
-- flink: refuses, its planner leaves a correlation in the plan
SELECT c.name, t.order_id FROM customers AS c,
LATERAL (SELECT order_id FROM orders o WHERE o.customer_id = c.customer_id ORDER BY amount DESC LIMIT 3) AS t;

-- A lateral subquery, joined
-- select: customers, orders → –
-- flink: refuses, its planner leaves a correlation in the plan
SELECT c.name, t.order_id FROM customers AS c
CROSS JOIN LATERAL (SELECT order_id FROM orders WHERE orders.customer_id = c.customer_id ORDER BY amount DESC LIMIT 1) AS t;

-- Join of two window results
-- select: orders, payments → –
SELECT l.customer_id, r.channel, l.window_start
FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) l
FULL JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) r
ON l.order_id = r.order_id AND l.window_start = r.window_start AND l.window_end = r.window_end;

-- Condition with OR, NOT and IS NOT DISTINCT FROM
-- select: orders, payments → –
SELECT o.order_id FROM orders o JOIN payments p ON o.order_id IS NOT DISTINCT FROM p.order_id AND NOT (o.amount = p.amount OR p.channel IS NULL);

-- Regular join of three
-- select: orders, payments, shipments → –
SELECT orders.order_id, payments.channel, shipments.carrier
FROM orders JOIN payments ON orders.order_id = payments.order_id JOIN shipments ON shipments.order_id = orders.order_id;
