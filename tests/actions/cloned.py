"""A project of the golden scenario on the way to v1.0.1, here and at a remote, in either flow."""

from airflow_bluegreen.actions.branches import Clone
from airflow_bluegreen.actions.read_release import plan_over
from airflow_bluegreen.core.model import Commit, Flow, GitSettings, Plan
from tests.core.golden import v1_0_0, v1_0_1
from tests.fakes.clock import FakeClock
from tests.fakes.git import FakeRemote, FakeRepository
from tests.fakes.platform import Story


class Cloned:
    """v1.0.0 is tagged on main; the changes of v1.0.1 are on the branch that releases are cut from."""

    def __init__(self, flow: Flow = Flow.GIT_FLOW, *, remote: bool = True) -> None:
        self.here = FakeRepository(v1_0_0())
        self.here.tag("v1.0.0")
        self.work = "develop" if flow is Flow.GIT_FLOW else "main"
        self.here.commit(dict(v1_0_1()), branch=self.work, start="main")
        self.there = FakeRepository()
        self.remote = FakeRemote(self.here, self.there) if remote else None
        self.there.commits.update(self.here.commits)
        self.there.branches.update(self.here.branches)
        self.there.tags.update(self.here.tags)
        self.story = Story()
        self.clock = FakeClock()
        self.settings = GitSettings(flow=flow, remote="origin" if remote else None)

    @property
    def clone(self) -> Clone:
        return Clone(
            repository=self.here,
            remote=self.remote,
            settings=self.settings,
            release_tags="v*",
            clock=self.clock,
        )

    def plan(self, commit: Commit, base: Commit | None) -> Plan:
        return plan_over(self.here, commit, base)[0]

    def refs(self) -> dict[str, dict[str, str]]:
        return {"here": self.here.all_refs(), "there": self.there.all_refs()}
