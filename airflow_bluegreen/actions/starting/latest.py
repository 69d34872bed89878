"""Start without history: at the end of the inputs, always the same end."""

from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.starting.beginning import START_ACT, Beginning
from airflow_bluegreen.actions.starting.facts import Starts
from airflow_bluegreen.actions.starting.positions import started_at
from airflow_bluegreen.core.model import Offsets, Start
from airflow_bluegreen.core.starting import KAFKA
from airflow_bluegreen.core.starting.scanning import offsets_of, offsets_text


def start_at_the_end(begin: Beginning, starts: Starts) -> Launch:
    """The job as it starts at the ends that its append-only inputs had at the first try.

    Inputs with one row a key are read in full, as always.
    """
    facts = starts.facts_of(begin.planned.dml[0], explain=False)
    appended = [one for one in facts.inputs if one.connector == KAFKA]
    known = begin.remembered(START_ACT, begin.launch.job_name)
    if known is None or known["strategy"] != Start.LATEST:
        ends: dict[tuple[str, int], int] = {}
        for table in appended:
            ends.update(begin.platform.topics.end_offsets(table.topic))
        known = {"strategy": Start.LATEST.value, "offsets": offsets_text(ends)}
        begin.remember(START_ACT, begin.launch.job_name, known)
    offsets: Offsets = offsets_of(known["offsets"])
    for table in facts.inputs:
        if table.connector != KAFKA:
            begin.say(f"{table.name} is read in full")
    return started_at(begin.launch, appended, offsets)
