"""The DAGs that the repository offers in dags/: ready to be used as they are."""
