-- Expressions: what looks like a table or a keyword in them, and is none.

-- EXTRACT, TRIM, SUBSTRING, POSITION, OVERLAY
-- select: orders → –
SELECT EXTRACT(DAY FROM ts), TRIM(BOTH 'x' FROM product), TRIM(LEADING FROM product), SUBSTRING(product FROM 2 FOR 3),
  POSITION('a' IN product), OVERLAY(product PLACING 'zz' FROM 1 FOR 2) FROM orders;

-- Intervals of every kind
-- select: orders → –
SELECT ts + INTERVAL '1' DAY, ts - INTERVAL '10:30' MINUTE TO SECOND, ts + INTERVAL '1-2' YEAR TO MONTH,
  ts + INTERVAL '100' DAY(3), ts + INTERVAL - '5' SECOND, ts + INTERVAL '1 10' DAY TO HOUR, ts + INTERVAL '2' WEEK FROM orders;

-- Literals
-- select: orders → –
SELECT DATE '2026-01-01', TIME '10:00:00', TIMESTAMP '2026-01-01 10:00:00', 1.5E3, .5, 1e-2, X'00ff', TRUE, FALSE, {d '2026-01-01'}, {ts '2026-01-01 00:00:00'}, TIMESTAMP WITH LOCAL TIME ZONE '2026-01-01 00:00:00', U&'\00e4',
  -1, + 2, 'it''s' FROM orders;

-- CASE in both forms, and within each other
-- select: orders → –
SELECT CASE WHEN quantity IN (1, 2) THEN CASE quantity WHEN 1, 2 THEN 'a' ELSE 'b' END END, CASE WHEN amount > 10 THEN 'big' WHEN amount IS NULL THEN NULL ELSE 'small' END, CASE status WHEN 'a', 'b' THEN 1 ELSE 2 END FROM orders;

-- CAST to every type
-- select: orders → –
SELECT CAST(amount AS DOUBLE PRECISION), CAST(product AS CHAR(3)), TRY_CAST(product AS INT), CAST(order_id AS VARBINARY(10)),
  CAST(NULL AS ROW<a INT, b ARRAY<STRING>>), CAST(ARRAY[1] AS ARRAY<BIGINT>), CAST(ts AS TIMESTAMP(3) WITH LOCAL TIME ZONE),
  CAST(NULL AS MAP<STRING, INT>), CAST(NULL AS TIMESTAMP_LTZ(3)), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS BYTES), CAST(NULL AS ROW(a INT, b STRING)) FROM orders;

-- Rows, arrays, maps
-- select: customers → –
SELECT ROW(1, 'a'), (customer_id, name), ARRAY[1, 2, 3][1], MAP['a', 1]['a'], tags[1], attributes['key'], address.geo.lat, (address).street, CARDINALITY(tags) FROM customers;

-- A column's field through the table's own name
-- select: customers → –
SELECT customers.address.geo.lat, customers.address.street FROM customers;

-- Comparisons
-- select: orders → –
SELECT order_id FROM orders WHERE amount BETWEEN 1 AND 5 AND quantity NOT BETWEEN ASYMMETRIC 1 AND 2 AND product LIKE 'a!%%' ESCAPE '!'
  AND product NOT LIKE 'b%' AND product SIMILAR TO '[a-z]+' AND status IN ('a', 'b') AND status IS NOT NULL
  AND (amount > 1) IS NOT TRUE AND status IS DISTINCT FROM product AND quantity BETWEEN SYMMETRIC 3 AND 1;

-- Comparison with ANY and ALL
-- select: orders → –
SELECT order_id FROM orders WHERE status = SOME ('a', 'b') OR status <> ALL ('c', 'd');

-- Boolean tests
-- select: orders → –
SELECT quantity > 1 IS UNKNOWN, NOT quantity > 1, (quantity > 1) IS NOT FALSE, quantity > 1 OR amount < 2 AND NOT TRUE FROM orders;

-- Periods that overlap
-- select: orders → –
-- flink: not asked, its planner does not always come to an end
SELECT order_id FROM orders WHERE (ts, INTERVAL '1' HOUR) OVERLAPS (TIMESTAMP '2026-01-01 00:00:00', INTERVAL '1' DAY);

-- Periods that overlap, by begin and end
-- select: orders, payments → –
SELECT a.order_id, PERIOD (a.ts, b.ts) OVERLAPS PERIOD (b.ts, INTERVAL '1' DAY) FROM orders AS a JOIN payments AS b
  ON (a.ts, a.ts) OVERLAPS (b.ts, b.ts) AND a.order_id = b.order_id WHERE NOT (ROW(a.ts, b.ts) OVERLAPS ROW(b.ts, b.ts));

-- Functions that sqlglot knows with other arguments
-- select: orders → –
SELECT SPLIT(product, ','), REGEXP_EXTRACT(product, 'a', 1), DATE_FORMAT(ts, 'yyyy'), TO_TIMESTAMP_LTZ(1, 3), SPLIT_INDEX(product, ',', 1),
  IF(quantity > 1, 'a', 'b'), NULLIF(product, ''), COALESCE(product, status), LEFT(product, 1), RIGHT(product, 1), REPEAT(product, 2),
  CONCAT_WS('-', product, status), MD5(product), TO_DATE('2026-01-01'), TO_TIMESTAMP('2026-01-01 00:00:00'), MOD(quantity, 2), quantity % 2,
  CHAR_LENGTH(product), INSTR(product, 'a'), LOCATE('a', product), ASCII(product), REPLACE(product, 'a', 'b'), TRUNCATE(amount, 1), LOG(2, 8) FROM orders;

-- Time functions
-- select: orders → –
SELECT CURRENT_DATE, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP, NOW(), PROCTIME(), CURRENT_ROW_TIMESTAMP(), CURRENT_WATERMARK(ts),
  TIMESTAMPADD(DAY, 1, ts), TIMESTAMPDIFF(HOUR, ts, ts), CEIL(ts TO DAY), FLOOR(ts TO HOUR), YEAR(ts), DAYOFMONTH(ts), QUARTER(ts), UNIX_TIMESTAMP(), HOUR(ts) FROM orders;

-- JSON functions
-- select: events → –
SELECT JSON_VALUE(payload, '$.a'), JSON_VALUE(payload, 'lax $.a' RETURNING INT DEFAULT 0 ON EMPTY ERROR ON ERROR), JSON_EXISTS(payload, '$.b' TRUE ON ERROR),
  JSON_QUERY(payload, '$.c' WITH CONDITIONAL WRAPPER EMPTY ARRAY ON EMPTY), JSON_QUERY(payload, '$.c' RETURNING ARRAY<STRING>),
  JSON_OBJECT('a' VALUE id, KEY 'b' VALUE payload NULL ON NULL), JSON_OBJECT(), JSON_ARRAY(id, payload ABSENT ON NULL), JSON_STRING(id),
  payload IS JSON, payload IS NOT JSON ARRAY, JSON_QUOTE(payload), JSON_UNQUOTE(payload), JSON_OBJECT('n' VALUE JSON_ARRAY(1, 2)) FROM events;

-- JSON aggregates
-- select: events → –
SELECT JSON_OBJECTAGG(KEY payload VALUE id NULL ON NULL), JSON_ARRAYAGG(id ABSENT ON NULL) FROM events;

-- Variants
-- select: events → –
SELECT PARSE_JSON(payload), TRY_PARSE_JSON(payload) FROM events;

-- A nested column named like a table
-- select: orders → –
SELECT t.orders.a, t.orders.b FROM (SELECT CAST(ROW(order_id, product) AS ROW<a STRING, b STRING>) AS orders FROM orders) AS t;

-- An alias named like a table
-- select: orders → –
SELECT payments.order_id FROM orders AS payments;

-- Numbers and dots without spaces
-- select: orders → –
SELECT 1.5+.5,quantity*2.0e1-1,orders.quantity/2 FROM orders;

-- Concatenation and parentheses
-- select: orders → –
SELECT product || '-' || status || (((status))), ((amount)) FROM orders;

-- Columns and aliases with unreserved keywords
-- select: orders → –
SELECT status AS state, product AS type, t.name, t.`value`, t.key, t.id, t.data FROM (SELECT status, product, 1 AS name, 2 AS `value`, 3 AS key, 4 AS id, 5 AS data FROM orders) AS t;

-- Conversion with a character set and a collation
-- select: – → –
SELECT _UTF8'größe', N'text', U&'d\0061t!0061' UESCAPE '!';

-- Functions with qualified names
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT my_catalog.my_db.score(amount), my_db.`rank`(product) FROM orders;

-- Named arguments of a function
-- select: orders → –
-- flink: not asked, the function is the user's own
SELECT score(amount => orders.amount, `mode` => 'fast', factor => DEFAULT) FROM orders;

-- Functions of arrays and numbers
-- select: orders → –
SELECT GREATEST(1, 2), ARRAY_DISTINCT(ARRAY[1, 1]), ELEMENT(ARRAY[1]), TYPEOF(amount), UUID(), RAND(), PI() FROM orders;

-- URL and hash functions
-- select: orders → –
SELECT PARSE_URL(product, 'HOST'), SHA2(product, 256), URL_ENCODE(product), TO_BASE64(product), REGEXP(product, 'a+'), STR_TO_MAP(product), LTRIM(product), BTRIM(product), ELT(1, 'a'), UNHEX('ff'), BIN(4) FROM orders;

-- JSON objects of pairs with colons
-- select: orders → –
SELECT JSON_OBJECT('id': orders.order_id, KEY 'more' VALUE JSON_OBJECT('n': quantity) ABSENT ON NULL), JSON_OBJECTAGG(status: amount) FROM orders GROUP BY orders.order_id, quantity;

-- JSON paths with arguments
-- select: orders → –
SELECT JSON_VALUE(status, '$.a' PASSING orders.quantity AS x, 2 AS y RETURNING INT NULL ON EMPTY) FROM orders;

-- Intervals of expressions
-- select: orders → –
SELECT ts + INTERVAL quantity DAY, ts - INTERVAL (orders.quantity + 1) HOUR FROM orders;

-- Escapes of JDBC
-- select: orders → –
SELECT {fn UCASE({fn LCASE(orders.status)})}, {d '2026-01-01'}, {t '10:00:00'}, {ts '2026-01-01 10:00:00'} FROM orders;

-- Aggregates and windows that say what to do with nulls
-- select: orders → –
SELECT LAG(quantity, 1) IGNORE NULLS OVER (PARTITION BY status ORDER BY ts) FROM orders;
