"""What the starts of a release leave beside its tables: throw-away topics and savepoints."""

from airflow_bluegreen.actions.starting.beginning import START_ACT, replay_topic
from airflow_bluegreen.core.model import ReleaseRecord
from airflow_bluegreen.ports import Narrator, Platform


def remove_traces(platform: Platform, record: ReleaseRecord, say: Narrator) -> None:
    """Remove them; the release's jobs must have been cancelled. What is gone already is fine."""
    started = [marker for marker in record.markers if marker.act == START_ACT]
    if not started:
        return
    for planned in record.plan.tables:
        if planned.green is not None:
            platform.topics.delete_topic(replay_topic(planned.green))
    for marker in started:
        path = marker.detail.get("savepoint")
        if path is not None:
            platform.jobs.dispose_savepoint(path)
            say(f"savepoint {path} deleted")
