"""A closer look at both sides of a comparison: their records decoded into tables, and asked in SQL."""
