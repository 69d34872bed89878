-- Queries: SELECT and its clauses, expressions left to their own file.

-- Columns and an alias
-- select: orders → –
SELECT o.order_id AS id, o.amount * 2 AS twice, o.* FROM orders AS o;

-- Without a table
-- select: – → –
SELECT 1 AS a, 'orders' AS name;

-- Columns qualified by the table's own name
-- select: orders → –
SELECT orders.order_id, orders.amount FROM orders WHERE orders.quantity > 1;

-- Columns qualified by database and table
-- select: default_database.orders → –
SELECT default_database.orders.order_id FROM default_database.orders;

-- Distinct rows
-- select: orders → –
SELECT DISTINCT customer_id, product FROM orders;

-- All rows, said out loud
-- select: orders → –
SELECT ALL customer_id FROM orders;

-- Every column of one of two tables
-- select: orders, payments → –
SELECT p.* FROM orders o JOIN payments p ON o.order_id = p.order_id;

-- A table by itself
-- select: orders → –
TABLE orders;

-- Rows out of nothing
-- select: – → –
VALUES (1, 'a'), (2, 'b');

-- Rows as a relation
-- select: – → –
SELECT name, n FROM (VALUES ('a', 1), ('b', 2)) AS t (name, n);

-- A subquery in FROM
-- select: orders → –
SELECT s.customer_id, s.n FROM (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) AS s;

-- A subquery in FROM without an alias
-- select: orders → –
SELECT customer_id FROM (SELECT customer_id FROM orders WHERE amount > 10);

-- A scalar subquery in SELECT
-- select: orders, payments → –
SELECT order_id, (SELECT MAX(amount) FROM payments) AS largest FROM orders;

-- IN with a subquery
-- select: orders, payments → –
SELECT * FROM orders WHERE order_id IN (SELECT order_id FROM payments);

-- NOT IN with a subquery
-- select: orders, payments → –
SELECT order_id FROM orders WHERE order_id NOT IN (SELECT order_id FROM payments WHERE order_id IS NOT NULL);

-- EXISTS with a correlated subquery
-- select: orders, shipments → –
SELECT o.order_id FROM orders o WHERE EXISTS (SELECT 1 FROM shipments s WHERE s.order_id = o.order_id);

-- NOT EXISTS, correlated by the table's own name
-- select: orders, shipments → –
SELECT order_id FROM orders WHERE NOT EXISTS (SELECT * FROM shipments WHERE shipments.order_id = orders.order_id);

-- IN with several columns
-- select: orders, payments → –
SELECT order_id FROM orders WHERE (order_id, amount) IN (SELECT order_id, amount FROM payments);

-- A comparison with a subquery
-- select: orders, payments → –
SELECT order_id FROM orders WHERE amount > (SELECT AVG(amount) FROM payments);

-- A common table expression
-- select: orders → –
WITH big AS (SELECT * FROM orders WHERE amount > 100) SELECT order_id FROM big;

-- Common table expressions that use each other
-- select: orders, customers → –
WITH big AS (SELECT * FROM orders WHERE amount > 100),
     named AS (SELECT b.order_id, c.name FROM big b JOIN customers c ON b.customer_id = c.customer_id)
SELECT name, COUNT(*) FROM named GROUP BY name;

-- A common table expression with column names
-- select: orders → –
WITH sums (customer, total) AS (SELECT customer_id, SUM(amount) FROM orders GROUP BY customer_id)
SELECT customer FROM sums WHERE total > 1000;

-- A common table expression that hides the table it reads
-- select: orders → –
WITH orders AS (SELECT * FROM orders WHERE status = 'paid') SELECT order_id FROM orders;

-- A common table expression that hides another table
-- select: orders → –
WITH payments AS (SELECT order_id, amount FROM orders) SELECT payments.amount FROM payments;

-- A common table expression within a subquery
-- select: orders, payments → –
SELECT * FROM (WITH p AS (SELECT order_id FROM payments) SELECT order_id FROM p) AS q
JOIN orders ON orders.order_id = q.order_id;

-- A common table expression that nobody reads
-- select: orders, payments → –
-- flink: not asked, its plan leaves out what nobody reads
WITH unused AS (SELECT * FROM payments) SELECT order_id FROM orders;

-- UNION ALL
-- select: orders, payments → –
SELECT order_id, amount FROM orders UNION ALL SELECT order_id, amount FROM payments;

-- UNION, INTERSECT, EXCEPT
-- select: orders, payments, shipments → –
SELECT order_id FROM orders UNION SELECT order_id FROM payments INTERSECT SELECT order_id FROM shipments
EXCEPT (SELECT order_id FROM orders WHERE status = 'void');

-- INTERSECT ALL and EXCEPT ALL
-- select: orders, payments, shipments → –
(SELECT order_id FROM orders INTERSECT ALL SELECT order_id FROM payments) EXCEPT ALL SELECT order_id FROM shipments;

-- MINUS
-- select: orders, payments → –
-- flink: refuses, its parser has no MINUS
SELECT order_id FROM orders MINUS SELECT order_id FROM payments;

-- A set operation in parentheses, with a limit
-- select: orders, payments → –
(SELECT order_id FROM orders) UNION ALL (SELECT order_id FROM payments) LIMIT 10;

-- A set operation over common table expressions
-- select: orders, payments → –
WITH a AS (SELECT order_id FROM orders), b AS (SELECT order_id FROM payments) SELECT * FROM a UNION ALL SELECT * FROM b;

-- ORDER BY, LIMIT and OFFSET
-- select: orders → –
SELECT order_id, amount FROM orders ORDER BY ts ASC, amount DESC LIMIT 5 OFFSET 10;

-- FETCH FIRST
-- select: orders → –
SELECT order_id FROM orders ORDER BY ts OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY;

-- ORDER BY with the place of nulls
-- select: orders → –
SELECT order_id FROM orders ORDER BY amount DESC NULLS LAST LIMIT 3;

-- LIMIT ALL
-- select: orders → –
SELECT order_id FROM orders LIMIT ALL;

-- A derived column list
-- select: orders → –
SELECT t.a, t.b FROM (SELECT order_id, amount FROM orders) AS t (a, b);

-- Table options in a hint
-- select: orders → –
SELECT order_id FROM orders /*+ OPTIONS('rows-per-second' = '5') */ AS o;

-- A hint on the state of a join, by aliases
-- select: orders, payments → –
SELECT /*+ STATE_TTL('o' = '1d', 'p' = '12h') */ o.order_id FROM orders o JOIN payments p ON o.order_id = p.order_id;

-- A hint on the state of a join, by the tables' own names
-- select: orders, payments → –
SELECT /*+ STATE_TTL('orders' = '1d', 'payments' = '2d') */ orders.order_id
FROM orders JOIN payments ON orders.order_id = payments.order_id;

-- A hint on how to join
-- select: orders, payments → –
SELECT /*+ BROADCAST(payments) */ orders.order_id FROM orders JOIN payments ON orders.order_id = payments.order_id;

-- A hint on a join of many tables
-- select: orders, payments, shipments → –
-- flink: refuses, this hint is of a newer Flink
SELECT /*+ MULTI_JOIN(orders, payments, s) */ orders.order_id FROM orders
JOIN payments ON orders.order_id = payments.order_id JOIN shipments s ON s.order_id = orders.order_id;

-- Comments that name tables
-- select: orders → –
SELECT order_id -- FROM payments
FROM /* shipments, */ orders;

-- Strings that name tables
-- select: orders → –
SELECT 'FROM payments' AS text, 'it''s orders' AS other FROM orders WHERE status <> 'orders';

-- Columns named like tables
-- select: orders → –
SELECT t.payments AS shipments FROM (SELECT order_id AS payments FROM orders) AS t;

-- Columns that need quotes, in a table that does
-- select: my orders → –
SELECT `my orders`.`order`, `größe` FROM `my orders`;

-- A table called like a keyword
-- select: select → –
SELECT `select`.`from`, `a.b` FROM `select`;

-- Catalog, database and table
-- select: default_catalog.default_database.orders → –
SELECT order_id FROM default_catalog.default_database.orders;

-- Catalog, database and table, quoted
-- select: default_catalog.shop.items → –
SELECT i.sku FROM `default_catalog`.`shop`.`items` AS i;

-- QUALIFY
-- select: orders → –
SELECT order_id, customer_id FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ts DESC) = 1;

-- Keywords in letters of any case
-- select: orders → –
select O.order_id From orders As O wHERE O.amount BETWEEN 1 and 2;

-- Names in letters of any case
-- select: Orders → –
-- flink: refuses, names are told apart by case
SELECT order_id FROM Orders;

-- An unqualified table of the current database's neighbour
-- select: items → –
-- flink: refuses, it is in another database
SELECT sku FROM items;

-- TABLE in the place of queries
-- select: orders → –
WITH q AS (TABLE orders) (TABLE q) UNION ALL TABLE orders;

-- Rows without parentheses
-- select: – → –
VALUES 1, 2 + 3, ABS(4);

-- Rows that are called rows
-- select: orders → –
SELECT order_id FROM orders WHERE quantity IN (SELECT x FROM (VALUES ROW(1, 'a'), ROW(2, 'b')) AS t (x, y));

-- Columns turned into rows
-- select: orders → –
SELECT u.customer_id, u.n FROM (SELECT customer_id, quantity FROM orders) UNPIVOT (v FOR n IN (quantity AS 'a')) AS u;

-- Columns of a table turned into rows, joined
-- select: customers, report → –
-- flink: refuses, a print table cannot be read
SELECT c.name, u.v FROM customers c JOIN report UNPIVOT INCLUDE NULLS (v FOR n IN (id, name)) AS u ON u.v = c.name;

-- Rows turned into columns
-- select: orders → –
-- flink: refuses, its planner fails over it
SELECT * FROM (SELECT status, quantity, product FROM orders) PIVOT (SUM(quantity) AS s FOR status IN ('a' AS p, 'b' AS q));

-- Names in Unicode quotes
-- select: orders, shop.items, my orders → –
SELECT U&"orders".U&"order\005fid" AS U&"or""der", o.U&"größe" AS U&"\D83D\DE00", U&"UPPER"(i.sku) FROM U&"ord\0065rs",
  U&"my!0020orders" /* the space */ UESCAPE '!' AS o JOIN shop.u&"items" AS i ON TRUE;
