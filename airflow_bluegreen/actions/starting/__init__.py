"""How green tables start: what is decided, what it costs, and one strategy a file.

``facts`` asks the servers what the decision rests on, ``measuring`` what the release costs; ``bringing_up``
starts one statement by ``latest``, ``seed`` or ``carry_over``, the latter two over a copy of blue's rows
(``copying``). What they leave behind is removed by ``traces``.
"""

from airflow_bluegreen.actions.starting.beginning import Beginning
from airflow_bluegreen.actions.starting.bringing_up import begin_job
from airflow_bluegreen.actions.starting.facts import Starts
from airflow_bluegreen.actions.starting.measuring import measure
from airflow_bluegreen.actions.starting.positions import from_its_start
from airflow_bluegreen.actions.starting.traces import remove_traces

__all__ = ["Beginning", "Starts", "begin_job", "from_its_start", "measure", "remove_traces"]
