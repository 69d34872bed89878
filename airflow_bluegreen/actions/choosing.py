"""Which release a run takes that was not told one: the newest tag, or what is live in another environment."""

from dataclasses import dataclass

from airflow_bluegreen.actions.list_releases import phase_of
from airflow_bluegreen.core.choosing import newest_tag
from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.core.lifecycle import live_release
from airflow_bluegreen.core.model import Commit, Phase, ReleaseRecord
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Platform, ReleaseReader, RepositoryReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The release to take, None where there is none, and the reason as one line."""

    release: str | None
    why: str


def choose_newest(platform: Platform, environment: str) -> Choice:
    """The newest of the release tags, unless it is live, part of what is live, or was rolled back.

    An older tag is never taken instead: that would be a step back.

    :raises ConfigurationError: bluegreen.yaml at HEAD cannot be read.
    """
    repository = platform.repository
    configuration = _configuration(repository)
    pattern = configuration.release_tags
    newest = newest_tag(repository.tags_like(pattern), pattern)
    if newest is None:
        return _none(f"the repository has no tag {pattern}")
    commit = Commit(ref=newest.name, sha=newest.sha)
    records = platform.releases.records()
    refusal = _refusal(configuration, repository, records, commit, environment)
    named = f"{newest.name}, the newest of the tags {pattern},"
    if refusal:
        return _none(f"{named} {refusal}")
    return Choice(release=newest.name, why=f"release {named} is not live in {environment}")


def choose_promoted(platform: Platform, environment: str, before: ReleaseReader, from_: str) -> Choice:
    """What is live in the environment before, unless it is live here already or was rolled back.

    :param before: the ledger of the environment that releases pass before.
    :param from_: its name.
    """
    live = live_release(before.records())
    if live is None:
        return _none(f"no release is live in {from_}")
    configuration = _configuration(platform.repository)
    commit = Commit(ref=live.release, sha=live.commit)
    refusal = _refusal(configuration, platform.repository, platform.releases.records(), commit, environment)
    if refusal:
        return _none(f"{live.release}, which is live in {from_}, {refusal}")
    return _promoted(platform.repository, live, from_)


def confirm_promoted(repository: RepositoryReader, release: str, before: ReleaseReader, from_: str) -> Choice:
    """The release that was asked for, provided that it is live in the environment before."""
    records = before.records()
    live = live_release(records)
    if live is not None and live.release == release:
        return _promoted(repository, live, from_)
    phases = [record.phase for record in records if record.release == release]
    is_now = "not released"
    if phases:
        is_now = "superseded" if phases[-1] == Phase.LIVE else phases[-1].replace("_", " ")
    return _none(f"{release} is {is_now} in {from_}, and only what is live there is released here")


def _promoted(repository: RepositoryReader, live: ReleaseRecord, from_: str) -> Choice:
    """A name is handed on, so it must still stand for the commit that was proven."""
    now = repository.resolve(live.release).sha
    if now != live.commit:
        return _none(
            f"{live.release} has moved since it went live in {from_}: {live.commit[:12]} is live there,"
            f" it is {now[:12]} now"
        )
    return Choice(release=live.release, why=f"release {live.release} is live in {from_}")


def _none(why: str) -> Choice:
    return Choice(release=None, why=f"nothing to release: {why}")


def _refusal(
    configuration: Configuration,
    repository: RepositoryReader,
    records: tuple[ReleaseRecord, ...],
    commit: Commit,
    environment: str,
) -> str:
    """Why a release is not taken unasked; empty where it is."""
    if phase_of(records, configuration.git, commit.ref, commit) == Phase.LIVE:
        return f"is live in {environment}"
    # By its name only: who gives the same commit another tag wants it to be tried again.
    known = [record.phase for record in records if record.release == commit.ref]
    if known[-1:] in ([Phase.ROLLING_BACK], [Phase.ROLLED_BACK]):
        return f"was rolled back in {environment}: release it by its name, or tag a newer one"
    live = live_release(records)
    if live is not None and _contains(repository, live, commit):
        return f"is part of {live.release}, which is live in {environment}"
    return ""


def _contains(repository: RepositoryReader, live: ReleaseRecord, commit: Commit) -> bool:
    try:
        known = repository.resolve(live.commit)
    except RefusedError:
        return False  # the clone does not have what is live
    return repository.contains(known, commit)


def _configuration(repository: RepositoryReader) -> Configuration:
    files = repository.read_files(repository.resolve("HEAD"), (FILE_NAME,))
    return read_configuration(files.get(FILE_NAME, ""))
