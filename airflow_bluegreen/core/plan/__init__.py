"""From two commits to a plan: what is impacted, what it is called, how it reads, what may differ.

``impact`` chooses the tables and their names, ``statements`` writes their SQL, ``expectation`` infers what
the change means for their data, ``connectors`` moves what reads them, and ``making`` puts the plan together.
"""

from airflow_bluegreen.core.plan.impact import Wishes
from airflow_bluegreen.core.plan.making import make_plan

__all__ = ["Wishes", "make_plan"]
