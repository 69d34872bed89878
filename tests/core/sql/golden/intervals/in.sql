SELECT ts - INTERVAL '1 10' DAY(2) TO HOUR, ts + INTERVAL '5' second, ts + INTERVAL t.days DAY, ts + INTERVAL (a + f(b)) HOUR, INTERVAL -5 DAY FROM t
