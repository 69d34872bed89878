"""What has to be known about functions: which ones look at many rows."""

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
