SELECT ts - `INTERVAL DAY(2) TO HOUR`('1 10'), ts + `INTERVAL SECOND`('5'), ts + `INTERVAL DAY`(t.days), ts + `INTERVAL HOUR`((a + f(b))), `INTERVAL DAY`(- 5) FROM t
