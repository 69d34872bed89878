"""What the provider adds to Airflow's web interface and to its command line."""
