SELECT ROW(1, 2) FROM (VALUES (1, `ARRAY`(2)), (3, 4), (5, ROW(6, 7))) AS t(a, b) WHERE (a, b) IN (VALUES (1, 2)) AND a IN (VALUES (1 + 1), (f(2)), (3)) UNION ALL VALUES ((1) + (2)) ORDER BY 1
