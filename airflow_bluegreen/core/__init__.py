"""What a release decides: pure functions over frozen records. No I/O, no clock, no Airflow."""
