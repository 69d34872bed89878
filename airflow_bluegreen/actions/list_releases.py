"""The releases that git knows of, with their phase where an environment's ledger is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from airflow_bluegreen.actions.branches import HEADS, TAGS
from airflow_bluegreen.core.branching import release_branch, version_on, version_order
from airflow_bluegreen.core.history import actor_of
from airflow_bluegreen.core.model import Commit, GitSettings, Phase, ReleaseRecord
from airflow_bluegreen.exceptions import RefusedError, UnknownRefError
from airflow_bluegreen.ports import RepositoryReader


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRelease:
    """A release: ``finished`` says that it has its tag.

    ``phase``, who began it (``by``) and its last change are None where no ledger knows it.
    """

    version: str
    finished: bool
    commit: Commit
    committed_at: str
    phase: str | None
    by: str | None = None
    changed_at: str | None = None


def list_releases(
    repository: RepositoryReader,
    settings: GitSettings,
    release_tags: str,
    *,
    records: Sequence[ReleaseRecord] = (),
    limit: int = 20,
) -> tuple[KnownRelease, ...]:
    """The highest versions first: tags, and branches of releases that are started.

    :param records: what the ledger of an environment holds.
    :param limit: how many at most.
    """
    remotes = f"refs/remotes/{settings.remote}/" if settings.remote else None
    refs = repository.refs((TAGS, HEADS, *((remotes,) if remotes else ())))
    found: dict[str, tuple[bool, str]] = {}
    for ref, sha in refs.items():
        if ref.startswith(TAGS) and fnmatchcase(version := ref.removeprefix(TAGS), release_tags):
            found[version] = (True, sha)
        branch = ref.removeprefix(remotes or HEADS).removeprefix(HEADS)
        started = version_on(settings, branch) if not ref.startswith(TAGS) else None
        if started and fnmatchcase(started, release_tags):
            found.setdefault(started, (False, sha))
    newest = sorted(found, key=version_order, reverse=True)[:limit]
    return tuple(_known(repository, settings, version, found[version], records) for version in newest)


def find_release(repository: RepositoryReader, settings: GitSettings, version: str) -> Commit:
    """The commit of a release: its tag's, else its branch's.

    Raises UnknownRefError where there is neither.
    """
    branch = release_branch(settings, version)
    refs = [f"{TAGS}{version}", f"{HEADS}{branch}"]
    refs += [f"refs/remotes/{settings.remote}/{branch}"] if settings.remote else []
    known = repository.refs(refs)
    for ref in refs:
        if ref in known:
            return Commit(ref=version, sha=repository.resolve(known[ref]).sha)
    raise UnknownRefError(
        f"no release {version}: neither a tag nor a branch {branch}",
        remedy="`bluegreen release list` shows them; `git fetch --tags` brings those of the remote",
    )


def phase_of(
    records: Iterable[ReleaseRecord], settings: GitSettings, version: str, commit: Commit
) -> str | None:
    """The phase of a release, which may have been deployed by its tag, its branch or its commit."""
    found = _records_of(records, settings, version, commit)
    return found[-1].phase.value if found else None


def record_of(
    records: Sequence[ReleaseRecord], repository: RepositoryReader, settings: GitSettings, version: str
) -> ReleaseRecord:
    """The newest record of a release, named as it was deployed or by its version.

    Raises RefusedError where the ledger has none.
    """
    named = [record for record in records if record.release == version]
    if named:
        return named[-1]
    try:
        found = _records_of(records, settings, version, find_release(repository, settings, version))
    except UnknownRefError:
        found = []
    if not found:
        known = ", ".join(record.release for record in records) or "none"
        raise RefusedError(
            f"release {version} was not deployed there", remedy=f"Releases of this environment: {known}"
        )
    return found[-1]


def _records_of(
    records: Iterable[ReleaseRecord], settings: GitSettings, version: str, commit: Commit
) -> list[ReleaseRecord]:
    names = {version, release_branch(settings, version), commit.sha}
    return [
        record
        for record in records
        if record.release in names or commit.sha in (record.commit, record.rewrite_sha)
    ]


def refuse_unless_live(
    records: Iterable[ReleaseRecord], settings: GitSettings, version: str, commit: Commit
) -> None:
    """Raises RefusedError where the ledger does not say that the release is live."""
    phase = phase_of(records, settings, version, commit)
    if phase != Phase.LIVE:
        raise RefusedError(
            f"release {version} is {phase.replace('_', ' ') if phase else 'not deployed'} there",
            remedy="Finish it when it is live, or without an environment",
        )


def _known(
    repository: RepositoryReader,
    settings: GitSettings,
    version: str,
    found: tuple[bool, str],
    records: Sequence[ReleaseRecord],
) -> KnownRelease:
    finished, sha = found
    commit = Commit(ref=version, sha=repository.resolve(sha).sha)
    deployed = _records_of(records, settings, version, commit)
    return KnownRelease(
        version=version,
        finished=finished,
        commit=commit,
        committed_at=repository.committed_at(commit),
        phase=deployed[-1].phase.value if deployed else None,
        by=actor_of(deployed[-1]) or None if deployed else None,
        changed_at=deployed[-1].updated_at if deployed else None,
    )
