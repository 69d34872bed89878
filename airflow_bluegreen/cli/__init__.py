"""The ``bluegreen`` command: the composition root that works without Airflow."""

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from airflow_bluegreen.cli.root import app

    app(prog_name="bluegreen")
