SELECT ARRAY[1, 2], MAP['a', b], m['a'] FROM t
