"""What can be known to go wrong before anything is created: one look a file, all findings in one report.

The looks read only, and not only by intent: nothing in them takes more than the readers of a platform.
"""

from airflow_bluegreen.actions.preflight.looking import LOOKS, look_ahead, preflight

__all__ = ["LOOKS", "look_ahead", "preflight"]
