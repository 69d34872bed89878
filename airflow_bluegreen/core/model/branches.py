"""How a project's releases pass through its branches."""

from dataclasses import dataclass
from enum import StrEnum


class Flow(StrEnum):
    """Where a release is cut from and merged to."""

    GIT_FLOW = "git-flow"
    """From ``develop``, into ``main`` and back into ``develop``."""
    MAIN_ONLY = "main-only"
    """From ``main`` into ``main``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSettings:
    """The ``git:`` part of ``bluegreen.yaml``.

    ``release_branch`` holds ``{version}``; ``remote`` is the name of a remote in the clone's configuration,
    None to work in the clone alone.
    """

    flow: Flow = Flow.MAIN_ONLY
    main: str = "main"
    develop: str = "develop"
    release_branch: str = "release/{version}"
    remote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefMove:
    """A ref (``refs/heads/main``) and the object it points to before and after; None where it is absent."""

    ref: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag, the sha of its commit, and when it was made (of a tag without a message: when its commit was).

    ``at`` is ISO 8601 with its zone.
    """

    name: str
    sha: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeConflict:
    """Why two commits cannot be merged: the files that both sides changed differently, by path from the
    repository's root.
    """

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCommit:
    """A commit that a release makes: the first line of its message, and its parents."""

    sha: str
    subject: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEffects:
    """What starting or finishing a release does to git: commits made, refs moved here and at the remote.

    ``left`` are refs of this clone that stay behind although they moved at the remote, as they are checked
    out.
    """

    version: str
    branch: str
    remote: str | None
    commits: tuple[MadeCommit, ...] = ()
    here: tuple[RefMove, ...] = ()
    pushed: tuple[RefMove, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether everything is as it should be already."""
        return not (self.here or self.pushed)
