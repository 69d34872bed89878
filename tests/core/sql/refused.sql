-- What Flink refuses and we refuse too: one statement a line.
SELECT * FROM "orders"
SELECT * FROM U & "orders"
SELECT order_id AS U&"" FROM orders
SELECT * FROM U&"shop"."items"
SELECT * FROM U&"ord\00"
SELECT order_id AS U&"a!""b" UESCAPE '!' FROM orders
SELECT order_id AS U&"x" UESCAPE 'a' FROM orders
SELECT order_id AS U&"x" UESCAPE '!!' FROM orders
SELECT order_id AS U&"x" UESCAPE '' FROM orders
SELECT (ts, ts) CONTAINS (ts, ts) FROM orders
SELECT (ts, ts) CONTAINS ts FROM orders
SELECT (ts, ts) EQUALS (ts, ts) FROM orders
SELECT order_id FROM orders WHERE (ts, ts) PRECEDES (ts, ts)
SELECT CASE WHEN (ts, ts) SUCCEEDS (ts, ts) THEN 1 ELSE 2 END FROM orders
SELECT (ts, ts) IMMEDIATELY PRECEDES (ts, ts) FROM orders
SELECT order_id FROM orders WHERE (ts, ts) IMMEDIATELY SUCCEEDS (ts, ts) OR quantity > 1
SELECT PERIOD (ts, INTERVAL '1' DAY) PRECEDES (ts, ts) FROM orders
SELECT order_id FROM orders WHERE (ts, ts) NOT OVERLAPS (ts, ts)
SELECT quantity MEMBER OF MULTISET[1, 2] FROM orders
