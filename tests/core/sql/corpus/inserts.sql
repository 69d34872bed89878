-- INSERT, statement sets, UPDATE, DELETE, TRUNCATE.

-- INSERT
-- insert: orders → report
INSERT INTO report SELECT order_id, product, 1 FROM orders;

-- INSERT with columns
-- insert: orders → report
INSERT INTO report (n, id) SELECT CAST(quantity AS BIGINT), order_id FROM orders;

-- INSERT of rows
-- insert: – → report
INSERT INTO report VALUES ('a', 'b', 1), ('c', 'd', 2);

-- INSERT of rows into columns
-- insert: – → report
INSERT INTO report (id, n) VALUES ('a', 1);

-- INSERT into a qualified, quoted table
-- insert: orders → default_catalog.default_database.report
INSERT INTO `default_catalog`.`default_database`.`report` SELECT order_id, product, 1 FROM orders;

-- INSERT into the table that is read
-- insert: orders, report → report
-- flink: refuses, a print table cannot be read
INSERT INTO report SELECT r.id, o.product, r.n FROM orders o JOIN report r ON r.id = o.order_id;

-- INSERT OVERWRITE
-- insert: orders → report
-- flink: refuses, a print table cannot be overwritten
INSERT OVERWRITE report SELECT order_id, product, 1 FROM orders;

-- INSERT into a partition
-- insert: orders → archive
INSERT INTO archive PARTITION (`day` = '2026-01-01', `hour` = '10') SELECT order_id, CAST(1 AS BIGINT) FROM orders;

-- INSERT into a partition with columns
-- insert: orders → archive
INSERT INTO archive PARTITION (`day` = '2026-01-01') (id, n, `hour`) SELECT order_id, CAST(1 AS BIGINT), '11' FROM orders;

-- INSERT with options of the table
-- insert: orders → report
INSERT INTO report /*+ OPTIONS('sink.parallelism' = '1') */ SELECT order_id, product, 1 FROM orders;

-- INSERT with options and columns
-- insert: orders → report
INSERT INTO report /*+ OPTIONS('sink.parallelism' = '1') */ (id, n) SELECT order_id, 1 FROM orders;

-- INSERT with WITH behind it
-- insert: orders → report
INSERT INTO report WITH paid AS (SELECT * FROM orders WHERE status = 'paid') SELECT order_id, product, 1 FROM paid;

-- INSERT with WITH before it
-- insert: orders → report
-- flink: refuses, WITH belongs behind the name of the table
WITH paid AS (SELECT * FROM orders WHERE status = 'paid') INSERT INTO report SELECT order_id, product, 1 FROM paid;

-- INSERT of a set operation
-- insert: orders, payments → report
INSERT INTO report SELECT order_id, product, 1 FROM orders UNION ALL SELECT order_id, channel, 2 FROM payments;

-- INSERT of a query in parentheses
-- insert: orders → report
INSERT INTO report (SELECT order_id, product, CAST(1 AS BIGINT) FROM orders);

-- INSERT of a whole table
-- insert: shop.items → totals
INSERT INTO totals TABLE shop.items;

-- EXECUTE INSERT
-- insert: orders → report
EXECUTE INSERT INTO report SELECT order_id, product, 1 FROM orders;

-- EXECUTE of a query
-- select: orders → –
EXECUTE SELECT order_id FROM orders;

-- INSERT of an upsert
-- insert: orders, customers → totals
INSERT INTO totals SELECT c.name, SUM(o.amount) FROM orders o JOIN customers c ON o.customer_id = c.customer_id GROUP BY c.name;

-- INSERT on conflict
-- insert: orders → totals
-- flink: not asked, newer than the local stack's Flink
INSERT INTO totals SELECT order_id, amount FROM orders ON CONFLICT DO NOTHING;

-- Statement set
-- statement_set: orders, payments → report, totals
EXECUTE STATEMENT SET
BEGIN
  INSERT INTO report SELECT order_id, product, 1 FROM orders;
  INSERT INTO totals SELECT order_id, SUM(amount) FROM payments GROUP BY order_id;
END;

-- Statement set of one table, in small letters
-- statement_set: orders, payments → report
execute statement set begin
insert into report select order_id, product, 1 from orders;
insert into report (id, n) select order_id, 2 from payments;
end;

-- Statement set as the client begins it
-- statement_set: orders, payments → report, totals
-- flink: not asked, the client collects its INSERTs itself
BEGIN STATEMENT SET;
INSERT INTO report SELECT order_id, product, 1 FROM orders;
INSERT INTO totals SELECT order_id, amount FROM payments;
END;

-- Statement set with WITH, CASE and a semicolon in a string
-- statement_set: orders → report, totals
EXECUTE STATEMENT SET BEGIN
INSERT INTO report WITH q AS (SELECT * FROM orders) SELECT order_id, CASE WHEN amount > 1 THEN ';' ELSE 'END' END, 1 FROM q;
INSERT INTO totals SELECT order_id, amount FROM orders; END;

-- Statement set that reads what it writes
-- statement_set: orders, report → report, totals
-- flink: refuses, a print table cannot be read
EXECUTE STATEMENT SET BEGIN
INSERT INTO report SELECT order_id, product, 1 FROM orders;
INSERT INTO totals SELECT report.id, report.n FROM report;
END;

-- Compiled plan that also runs
-- insert: orders → report
-- flink: not asked, it writes a file
COMPILE AND EXECUTE PLAN '/tmp/report.json' FOR INSERT INTO report SELECT order_id, product, 1 FROM orders;

-- Compiled plan of a statement set
-- inspect: orders → –
-- flink: not asked, it writes a file
COMPILE PLAN '/tmp/report.json' IF NOT EXISTS FOR STATEMENT SET BEGIN
INSERT INTO report SELECT order_id, product, 1 FROM orders;
INSERT INTO totals SELECT order_id, amount FROM orders;
END;

-- UPDATE
-- update: orders, payments → orders
-- flink: refuses, no connector of the local stack updates rows
UPDATE orders SET status = 'paid', amount = amount * 2 WHERE order_id IN (SELECT order_id FROM payments);

-- UPDATE of every row
-- update: customers → customers
-- flink: refuses, no connector of the local stack updates rows
UPDATE customers SET city = UPPER(customers.city);

-- DELETE
-- delete: orders, payments → orders
-- flink: refuses, no connector of the local stack deletes rows
DELETE FROM orders WHERE orders.order_id NOT IN (SELECT order_id FROM payments) AND amount < 1;

-- DELETE of every row
-- delete: shop.items → shop.items
-- flink: refuses, no connector of the local stack deletes rows
DELETE FROM shop.items;

-- TRUNCATE
-- truncate: – → orders
-- flink: refuses, no connector of the local stack can be emptied
TRUNCATE TABLE orders;

-- INSERT of rows that are called rows
-- insert: – → report
INSERT INTO report VALUES ROW('a', 'b', 1), ROW('c', 'd', 2);

-- UPSERT
-- insert: orders → totals
-- flink: refuses, its planner has no UPSERT
UPSERT INTO totals SELECT order_id, amount FROM orders;

-- Into a table in Unicode quotes
-- insert: orders → report
INSERT INTO U&"rep\006frt" (U&"id", n) SELECT /*+ STATE_TTL('orders' = '1d') */ orders.order_id, COUNT(*) FROM U&"orders" GROUP BY orders.order_id;
