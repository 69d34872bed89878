"""Where the branches of a release are, here and at the remote, and moving them all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airflow_bluegreen.core.branching import release_branch
from airflow_bluegreen.core.model import Commit, Flow, FlowEffects, GitSettings, MadeCommit, RefMove
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, RefusedError
from airflow_bluegreen.ports import Clock, Narrator, Remote, Repository

HEADS = "refs/heads/"
TAGS = "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A project's repository as a release passes through it; ``remote`` is None to leave the remote alone."""

    repository: Repository
    remote: Remote | None
    settings: GitSettings
    release_tags: str
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A ref here and at the remote (objects, None where absent), and the commit that counts."""

    ref: str
    here: str | None
    there: str | None
    commit: Commit | None

    @property
    def name(self) -> str:
        """As people call it."""
        return self.ref.removeprefix(HEADS).removeprefix(TAGS)

    @property
    def at(self) -> Commit:
        """The commit. Raises ConfigurationError where the ref exists nowhere."""
        if self.commit is None:
            raise ConfigurationError(
                f"no branch {self.name}",
                remedy="Create it, or mend `git:` (flow, main, develop) in bluegreen.yaml",
            )
        return self.commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tips:
    """The refs that a release moves; ``develop`` is None where releases are cut from main."""

    main: Tip
    develop: Tip | None
    branch: Tip
    tag: Tip

    @property
    def cut_from(self) -> Tip:
        """Where releases begin."""
        return self.develop or self.main


def read_tips(clone: Clone, version: str) -> Tips:
    """Look here and at the remote; what is further ahead counts.

    Raises ConflictError where a branch has diverged from the remote's.
    """
    settings = clone.settings
    names = {
        "main": f"{HEADS}{settings.main}",
        "branch": f"{HEADS}{release_branch(settings, version)}",
        "tag": f"{TAGS}{version}",
    }
    if settings.flow is Flow.GIT_FLOW:
        names["develop"] = f"{HEADS}{settings.develop}"
    here = clone.repository.refs(tuple(names.values()))
    there = clone.remote.fetch(tuple(names.values())) if clone.remote else {}
    found = {key: _tip(clone, ref, here.get(ref), there.get(ref)) for key, ref in names.items()}
    return Tips(main=found["main"], develop=found.get("develop"), branch=found["branch"], tag=found["tag"])


def effects_of(
    clone: Clone,
    version: str,
    tips: Iterable[Tip],
    wanted: Mapping[str, str | None],
    commits: tuple[MadeCommit, ...],
) -> FlowEffects:
    """What has to be moved so that these refs are where they are wanted; None for one that shall go.

    Raises ConflictError for a branch that would have to move under somebody's feet: with a remote the branch
    that is checked out stays behind, as after anybody's push.
    """
    busy = clone.repository.checked_out()
    here, pushed, left = [], [], []
    for tip in tips:
        after = wanted[tip.ref]
        if clone.remote and tip.there != after:
            pushed.append(RefMove(ref=tip.ref, before=tip.there, after=after))
        if tip.here == after or not _followed(clone, tip):
            continue
        if tip.ref in busy:
            left.append(tip.ref)
        else:
            here.append(RefMove(ref=tip.ref, before=tip.here, after=after))
    if left and not clone.remote:
        names = ", ".join(ref.removeprefix(HEADS) for ref in left)
        raise ConflictError(
            f"{names} is checked out and would move",
            remedy="`git switch --detach`, run it again, switch back",
        )
    return FlowEffects(
        version=version,
        branch=release_branch(clone.settings, version),
        remote=clone.remote.name if clone.remote else None,
        commits=commits,
        here=tuple(here),
        pushed=tuple(pushed),
        left=tuple(left),
    )


def perform(clone: Clone, effects: FlowEffects, why: str, say: Narrator) -> None:
    """Push, then move the refs here: when the push is refused nothing has changed anywhere.

    Killed in between, this clone is merely behind, and running it again brings it up.
    """
    if clone.remote and effects.pushed:
        clone.remote.push(effects.pushed)
        say(f"pushed to {clone.remote.name}: {', '.join(move.ref for move in effects.pushed)}")
    if effects.here:
        clone.repository.move_refs(effects.here, why=why)


def refuse_without(clone: Clone, tip: Commit, base: Commit | None, name: str) -> None:
    """Raises RefusedError where a commit lacks the release that is the newest on main."""
    if base is not None and not clone.repository.contains(tip, base):
        raise RefusedError(
            f"{name} lacks release {base.ref}, which {clone.settings.main} has",
            remedy=f"`git switch {name} && git merge {clone.settings.main}`, then run it again",
        )


def _followed(clone: Clone, tip: Tip) -> bool:
    """A clone need not have the branches that everybody shares; it has the release's and the tag."""
    names = (clone.settings.main, clone.settings.develop)
    shared = tip.ref in {f"{HEADS}{name}" for name in names}
    return tip.here is not None or not (tip.there and shared)


def _tip(clone: Clone, ref: str, here: str | None, there: str | None) -> Tip:
    ours, theirs = (clone.repository.resolve(sha) if sha else None for sha in (here, there))
    if ours is None or theirs is None or ours.sha == theirs.sha:
        commit = ours or theirs
    elif ref.startswith(TAGS):
        raise ConflictError(
            f"tag {ref.removeprefix(TAGS)} is on another commit at the remote",
            remedy="Find out which one is right and delete the other",
        )
    elif clone.repository.contains(ours, theirs):
        commit = ours
    elif clone.repository.contains(theirs, ours):
        commit = theirs
    else:
        name = ref.removeprefix(HEADS)
        raise ConflictError(
            f"{name} here and at the remote have gone different ways",
            remedy=f"`git switch {name} && git pull`, then run it again",
        )
    return Tip(ref=ref, here=here, there=there, commit=commit)
