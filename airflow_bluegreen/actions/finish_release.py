"""Finishing a release: its branch is merged and tagged, and goes away. Everything at once, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.actions.branches import (
    Clone,
    Tip,
    Tips,
    effects_of,
    perform,
    read_tips,
    refuse_without,
)
from airflow_bluegreen.actions.read_release import plan_over
from airflow_bluegreen.core.branching import check_version, message_with
from airflow_bluegreen.core.model import Commit, FlowEffects, MadeCommit, MergeConflict, Plan
from airflow_bluegreen.exceptions import ConflictError, RefusedError, UnknownRefError
from airflow_bluegreen.ports import Narrator


def finish_release(clone: Clone, version: str, say: Narrator, *, dry_run: bool = False) -> FlowEffects:
    """Merge ``release/<version>`` into main, tag it, merge main back into develop, delete the branch.

    A branch that a pull request merged already, squashed or not, is only tagged and deleted; a release that
    was finished before is left as it is, what an interruption left open is done. The tag is on the merge,
    unless main brings changes of its own into it, that the release neither versioned nor deployed: then it is
    on the release's last commit.

    Raises ConflictError naming the files that cannot be merged, RefusedError when a table of the branch has
    not the version that it needs, UnknownRefError when the release was never started.
    """
    check_version(version, clone.release_tags)
    tips = read_tips(clone, version)
    work = _Work(clone=clone, version=version, say=say)
    released = _released(clone, tips, version)
    base = _base(clone, released, tips)
    plan = work.checked_plan(released, tips, base)
    merged = work.merge_into_main(tips, released, plan)
    wanted: dict[str, str | None] = {tips.branch.ref: None}
    wanted[tips.main.ref] = merged.sha if work.commits else tips.main.at.sha
    wanted[tips.tag.ref] = tips.tag.here or tips.tag.there or work.tag(released, merged, (plan, base))
    order = [tips.main, tips.tag]
    if tips.develop:
        wanted[tips.develop.ref] = work.merge_into_develop(tips, tips.develop, merged).sha
        order.append(tips.develop)
    effects = effects_of(clone, version, (*order, tips.branch), wanted, tuple(work.commits))
    if not dry_run:
        perform(clone, effects, f"finish release {version}", say)
    return effects


def _released(clone: Clone, tips: Tips, version: str) -> Commit:
    """The last commit of the release: its branch's, or once that is gone its tag's."""
    branch, tag = tips.branch.commit, tips.tag.commit
    if branch is None and tag is None:
        raise UnknownRefError(
            f"release {version} was not started: there is no branch {tips.branch.name}",
            remedy=f"bluegreen release start {version}",
        )
    if branch is None:
        return tips.tag.at
    if tag is None:
        return tips.main.at if _squashed(clone, tips.main.at, branch) else branch
    if not clone.repository.contains(tag, branch) and not _squashed(clone, tag, branch):
        raise ConflictError(
            f"{tips.branch.name} has commits that tag {version} has not",
            remedy=f"Release them as another version, then delete {tips.branch.name}",
        )
    return tag


def _squashed(clone: Clone, into: Commit, branch: Commit) -> bool:
    """Whether a commit has everything that a branch would bring, without having the branch itself."""
    if clone.repository.contains(into, branch):
        return False
    made = clone.repository.make_merge(into, branch, message="A merge to look at", at=clone.clock.now())
    return isinstance(made, Commit) and clone.repository.same_content(made, into)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Makes the commits, on objects only, and remembers them."""

    clone: Clone
    version: str
    say: Narrator
    commits: list[MadeCommit] = field(default_factory=list)

    def checked_plan(self, released: Commit, tips: Tips, base: Commit | None) -> Plan:
        """The plan of the release over the one before. Raises RefusedError for a version that is too low."""
        name = tips.branch.name
        refuse_without(self.clone, released, base, name)
        plan, physical = plan_over(self.clone.repository, released, base)
        old = _not_versioned(plan, physical)
        if old and tips.tag.commit is None:
            if released.sha == tips.main.at.sha:
                raise RefusedError(
                    f"{tips.main.name} has {name} squashed, and other changes to {', '.join(old)} on top",
                    remedy=f"`git tag {self.version} COMMIT` the one that brought it, and run it again",
                )
            raise RefusedError(
                f"{name} changes {', '.join(old)} without giving them the versions "
                f"{', '.join(old.values())} over {base.ref if base else 'nothing'}",
                remedy=f"bluegreen release start {self.version} (it goes on where the branch is)",
            )
        return plan

    def merge_into_main(self, tips: Tips, released: Commit, plan: Plan) -> Commit:
        """The commit of main that holds the release."""
        main = tips.main.at
        if self.clone.repository.contains(main, released):
            self.say(f"{tips.main.name} has {self.version} already")
            return self.clone.repository.brought_in(main, released)
        subject = f"Merge branch '{tips.branch.name}' into {tips.main.name}"
        remedy = f"`git switch {tips.branch.name} && git merge {tips.main.name}`, commit, run it again"
        into = (tips.main.name, main)
        return self._merge(into, released, (subject, message_with(plan, subject)), remedy)

    def merge_into_develop(self, tips: Tips, develop: Tip, merged: Commit) -> Commit:
        """Develop with main's merge in it, so that the tag is before whatever is developed next."""
        repository, branch = self.clone.repository, tips.branch.commit
        if repository.contains(develop.at, merged):
            return develop.at
        subject = f"Merge release {self.version} into {develop.name}"
        remedy = f"`git switch {develop.name} && git merge {tips.branch.name}`, commit, run it again"
        tip = develop.at
        if branch and not repository.contains(merged, branch) and not repository.contains(tip, branch):
            # Main has the branch squashed: without the branch itself git takes each line for two changes.
            subject_of_branch = f"Merge branch '{tips.branch.name}' into {develop.name}"
            into = (develop.name, tip)
            tip = self._merge(into, branch, (subject_of_branch, subject_of_branch), remedy)
        return self._merge((develop.name, tip), merged, (subject, subject), remedy)

    def tag(self, released: Commit, merged: Commit, planned: tuple[Plan, Commit | None]) -> str:
        """The object of the release's tag."""
        plan, base = planned
        pure = not _not_versioned(*plan_over(self.clone.repository, merged, base))
        if not pure:
            self.say(f"main has changes that {self.version} has not: the tag is on the release's last commit")
        message = message_with(plan, f"Release {self.version}")
        at = self.clone.clock.now()
        target = merged if pure else released
        return self.clone.repository.make_tag(target, self.version, message=message, at=at)

    def _merge(
        self, into: tuple[str, Commit], other: Commit, message: tuple[str, str], remedy: str
    ) -> Commit:
        """A merge into a branch (its name, its commit) with a message (its subject, all of it)."""
        (name, tip), (subject, text) = into, message
        at = self.clone.clock.now()
        made = self.clone.repository.make_merge(tip, other, message=text, at=at)
        if isinstance(made, MergeConflict):
            raise ConflictError(
                f"release {self.version} and {name} changed the same lines of {', '.join(made.files)}; "
                "nothing was changed",
                remedy=remedy,
            )
        self.commits.append(MadeCommit(sha=made.sha, subject=subject, parents=(tip.sha, other.sha)))
        return made


def _base(clone: Clone, released: Commit, tips: Tips) -> Commit | None:
    """The newest release that main had before this one."""
    repository, tags, main = clone.repository, clone.release_tags, tips.main.at
    if tips.tag.commit is not None:
        return repository.latest_tag_before(released.sha, tags)
    if repository.contains(main, released):
        return repository.latest_tag_before(repository.brought_in(main, released).sha, tags)
    return repository.latest_tag_at_or_before(main.sha, tags)


def _not_versioned(plan: Plan, physical: Mapping[str, str]) -> dict[str, str]:
    """Table → the name that it needs, where the text gives it another one."""
    return {
        planned.table: planned.green
        for planned in plan.tables
        if planned.green is not None and physical[planned.table] != planned.green
    }
