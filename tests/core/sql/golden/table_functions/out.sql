SELECT * FROM t, LATERAL split(t.a) AS s(word)
