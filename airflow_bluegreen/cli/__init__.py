"""The ``bluegreen`` command: the composition root that works without Airflow."""

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    import gc

    from airflow_bluegreen.cli.root import app

    # A project of 10,000 tables is a million small objects that all stay: looking through them again and
    # again for garbage takes a third of the time.
    gc.set_threshold(1_000_000, 20, 100)
    app(prog_name="bluegreen")
