SELECT u.v FROM `my orders` UNPIVOT INCLUDE NULLS (v FOR n IN (a AS 'x', b)) AS u JOIN (SELECT a, b, k FROM c.d) AS s
PIVOT (SUM(a) AS total FOR b IN (1, 2)) AS p ON u.k = p.k
