SELECT * FROM t, LATERAL TABLE(split(t.a)) AS s (word)
