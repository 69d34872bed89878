"""Start from blue's state and blue's rows: savepoint, copy, start, while blue runs on.

The order makes it right. Blue's rows are copied up to an end that was read *after* the savepoint, so every
key that blue wrote before it is in the copy. What blue wrote between the savepoint and that end, green writes
again from the savepoint's state and offsets, deletions too, each key's last change last.
"""

from dataclasses import replace

from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.starting.beginning import START_ACT, Beginning
from airflow_bluegreen.actions.starting.copying import copy_rows
from airflow_bluegreen.actions.starting.facts import Blue, Starts
from airflow_bluegreen.core.model import Job, Start
from airflow_bluegreen.core.starting.scanning import offsets_of, offsets_text
from airflow_bluegreen.exceptions import StartRefusedError, StatementError


def start_from_blue(begin: Beginning, starts: Starts, blue: Blue) -> Launch:
    """The job as it starts from a savepoint of blue, over a copy of blue's rows."""
    platform, name = begin.platform, begin.launch.job_name
    target = starts.facts_of(blue.statement, explain=False).target
    known = begin.remembered(START_ACT, name)
    if known is None or known["strategy"] != Start.SEED:
        try:
            path = platform.jobs.take_savepoint(blue.job.job_id)
        except StatementError as error:
            raise StartRefusedError(error.what, remedy="Mend blue, or let the table be rebuilt") from error
        begin.say(f"savepoint of {blue.job.name} taken, it runs on: {path}")
        until = offsets_text(platform.topics.end_offsets(target.topic))
        known = {"strategy": Start.SEED.value, "savepoint": path, "until": until}
        begin.remember(START_ACT, name, known)
    copy_rows(begin, blue, target, offsets_of(known["until"]))
    return replace(begin.launch, restore_path=known["savepoint"])


def refuse_not_restored(begin: Beginning, job: Job, path: str) -> None:
    """Raises StartRefusedError, and cancels the job, when it did not begin with the savepoint."""
    progress = begin.platform.jobs.progress(job.job_id)
    if progress.restored_from == path or (progress.restarts and progress.restored_from):
        begin.say(f"{job.name} began with {progress.restored_from}")
        return
    begin.platform.jobs.cancel(job.job_id)
    raise StartRefusedError(
        f"job {job.job_id} ({job.name}) began with {progress.restored_from or 'no state'}, not with {path}",
        remedy="The job is cancelled; let the table be rebuilt",
    )
