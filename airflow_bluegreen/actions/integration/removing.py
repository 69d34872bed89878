"""Taking a test away: its jobs, its subjects, its topics, also those of a run that was killed."""

from airflow_bluegreen.actions.planned import subjects
from airflow_bluegreen.ports import Narrator, Platform


def remove(platform: Platform, name: str, say: Narrator) -> int:
    """Remove everything that belongs to the test of that name; returns how many topics it had.

    A subject goes before its topic, so that a topic is there for as long as anything else may be. Running it
    again finds nothing left.
    """
    for job in platform.jobs.jobs():
        if job.identity is not None and job.identity.environment == name:
            platform.jobs.cancel(job.job_id)
            say(f"{job.name} ({job.job_id}) cancelled")
    topics = sorted(topic for topic in platform.topics.names() if topic.startswith(f"{name}_"))
    for topic in topics:
        for subject in subjects(topic):
            platform.schemas.delete_subject(subject)
        platform.topics.delete_topic(topic)
    if topics:
        say(f"{name}: {len(topics)} topics and their subjects removed")
    return len(topics)
