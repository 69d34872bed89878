"""What has to be known about functions: which ones look at many rows, and which answer anew each time."""

from airflow_bluegreen.core.sql.words import words

AGGREGATES = words(
    """
    ANY_VALUE APPROX_COUNT_DISTINCT ARRAY_AGG AVG COLLECT COUNT COVAR_POP COVAR_SAMP FIRST_VALUE JSON_ARRAYAGG
    JSON_OBJECTAGG LAST_VALUE LISTAGG MAX MIN PERCENTILE STDDEV STDDEV_POP STDDEV_SAMP SUM VARIANCE VAR_POP
    VAR_SAMP
    """
)
RANKS = words("ROW_NUMBER RANK DENSE_RANK")
WINDOWS = words("TUMBLE HOP CUMULATE SESSION")
WINDOW_COLUMNS = ("window_start", "window_end", "window_time")
UNSTABLE = words(
    """
    CURRENT_DATE CURRENT_ROW_TIMESTAMP CURRENT_TIME CURRENT_TIMESTAMP CURRENT_WATERMARK LOCALTIME
    LOCALTIMESTAMP NOW PROCTIME RAND RAND_INTEGER UUID
    """
)
"""Functions whose value depends on when a row is computed, or on chance."""
NO_TABLE = ""
"""Stands for the table of an unstable function where sources are listed."""
