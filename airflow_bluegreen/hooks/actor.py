"""Who acts, for the ledger's history."""

from airflow.sdk import get_current_context


def acting() -> str:
    """Who started the running DAG run; what kind of run it is where nobody did. Empty outside of a task."""
    try:
        context = get_current_context()
    except RuntimeError:
        return ""
    run = context.get("dag_run")
    if run is None:
        return ""
    user = getattr(run, "triggering_user_name", None)
    return f"{user} (Airflow)" if user else f"{run.run_type} run of {run.dag_id} (Airflow)"
