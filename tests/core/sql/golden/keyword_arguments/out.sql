SELECT `EXTRACT`('DAY', ts), `TRIM`('BOTH', 'x', a), `SUBSTRING`(a, 2, 3), `FLOOR`(ts, 'HOUR'), TIMESTAMPADD('MINUTE', 5, ts), `POSITION`('x', a), `OVERLAY`(a, b, 1, 2) FROM t
