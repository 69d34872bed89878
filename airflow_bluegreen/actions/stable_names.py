"""Names in the lake that stay while tables change: which table of the release each stands for."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.filling import (
    FILL_FOR_S,
    FillGoals,
    await_filled,
    fill_goals,
    unfilled_error,
)
from airflow_bluegreen.actions.ledger import current, leave_marker, refuse_if_undone
from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.core.lifecycle import in_progress, live_release
from airflow_bluegreen.core.model import (
    ConnectorAction,
    LakeSettings,
    Marker,
    Phase,
    Plan,
    PlannedConnector,
    Profile,
    ReleaseRecord,
)
from airflow_bluegreen.exceptions import ConfigurationError, RefusedError, StatementError
from airflow_bluegreen.ports import Lake, Narrator, Platform

CHANGE_MARKER = "change connector"
"""Subject: the connector, before it is touched; detail: ``action`` and ``topics``."""

POINT_MARKER = "point stable name"
"""Subject: the logical table; detail: the physical one it stood for (``from``, empty for a new one) and the
one it is to stand for (``to``).
"""

STANDS_MARKER = "stable name stands"
"""Subject and ``to`` as above, left once the name was pointed."""

_CUT_OVER = frozenset({Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE})
_TAKES_OVER = _CUT_OVER | {Phase.CUTTING_OVER}
_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTable:
    """A table of the release that a connector writes into the lake: logical name, and physical ones."""

    table: str
    blue: str
    green: str


def lake_tables(plan: Plan, connectors: Sequence[PlannedConnector] | None = None) -> tuple[LakeTable, ...]:
    """The tables of the release that these connectors (by default all it changes) write into the lake."""
    changed = plan.connectors if connectors is None else connectors
    read = {
        topic for one in changed if one.action is not ConnectorAction.REMOVE for topic in one.green_topics
    }
    return tuple(
        LakeTable(table=planned.table, blue=planned.blue or "", green=planned.green)
        for planned in plan.tables
        if planned.green is not None and planned.green in read
    )


def settings_of(profile: Profile) -> LakeSettings:
    """What the profile says about the lake, nothing where it says nothing."""
    return profile.lake or LakeSettings()


def prepare(
    platform: Platform, plan: Plan, planned: PlannedConnector, profile: Profile, say: Narrator
) -> None:
    """Run the project's ``prepare`` for the tables of a connector that is about to write its first row."""
    statements = settings_of(profile).prepare
    for table in lake_tables(plan, (planned,)) if statements else ():
        _run(platform, statements, table.table, table.green)
        say(f"{table.green} is prepared in the lake")


def point_names(
    platform: Platform, plan: Plan, profile: Profile, say: Narrator, *, timeout_s: float = FILL_FOR_S
) -> None:
    """Let the stable names stand for green's lake tables, once these hold all that green has now.

    Until then readers see blue's table: complete, and as it was when its connector was stopped. Repeating it
    is fine. Raises ReadinessError when a connector does not get there in ``timeout_s`` seconds, RefusedError
    as :func:`refuse_unless_newest` does.
    """
    goals = goals_of(platform, plan, profile)
    if goals is None:
        return
    left = await_filled(platform, goals, say, timeout_s=timeout_s)
    if left:
        raise unfilled_error(left, timeout_s)
    switch_names(platform, plan, profile, say)


def goals_of(platform: Platform, plan: Plan, profile: Profile) -> FillGoals | None:
    """What has to be in the lake before the names may follow; None where there are none.

    Raises RefusedError as :func:`refuse_unless_newest` does.
    """
    if not names_meant(plan, profile):
        return None
    refuse_unless_newest(platform, plan, profile)
    return fill_goals(platform.topics, plan)


def refuse_unless_newest(platform: Platform, plan: Plan, profile: Profile) -> None:
    """Raises ConfigurationError before the cut-over, RefusedError when the release was rolled back, or when a
    later one was cut over: its names stand. A release that has no names in the lake passes.
    """
    release = plan.release.ref
    if not names_meant(plan, profile):
        return
    refuse_if_undone(platform, release)
    records = platform.releases.records()
    phase = current(platform, release).phase
    if phase not in _CUT_OVER:
        raise ConfigurationError(f"release {release} is not cut over", remedy="Cut it over first")
    running = in_progress(records)
    newest = running if running is not None and running.phase in _TAKES_OVER else live_release(records)
    later = newest.release if newest is not None else release
    if phase is Phase.LIVE and later != release:
        raise RefusedError(
            f"{later} was released after {release}, and its names stand",
            remedy="Point the name of an older release's table by hand",
        )


def switch_names(platform: Platform, plan: Plan, profile: Profile, say: Narrator) -> None:
    """Let the stable names stand for green's lake tables, which are filled. Repeating it is fine.

    Raises RefusedError as :func:`refuse_unless_newest` does: somebody may have rolled back meanwhile.
    """
    statements, release = settings_of(profile).point, plan.release.ref
    for table in lake_tables(plan) if statements else ():
        refuse_unless_newest(platform, plan, profile)
        detail = {"from": table.blue, "to": table.green}
        leave_marker(platform, release, POINT_MARKER, table.table, detail=detail)
        _run(platform, statements, table.table, table.green)
        leave_marker(platform, release, STANDS_MARKER, table.table, detail={"to": table.green})
        say(f"{table.table} stands for {table.green} in the lake")


def names_meant(plan: Plan, profile: Profile) -> Mapping[str, str]:
    """Logical table → the physical one that its name is to stand for after the release."""
    return {one.table: one.green for one in lake_tables(plan)} if settings_of(profile).point else {}


def names_before(record: ReleaseRecord, profile: Profile) -> Mapping[str, str]:
    """Logical table → the physical one that its name stood for, of the names that the release pointed; only
    where the lake can be asked: the ledger does not say more than that they were put back.
    """
    if not settings_of(profile).show:
        return {}
    return {one.subject: before for one in _pointed(record) if (before := one.detail["from"])}


def names_seen(
    platform: Platform, record: ReleaseRecord, profile: Profile, names: Container[str], say: Narrator
) -> Mapping[str, str]:
    """Logical table → the physical one that its name stands for, of these names.

    As the lake tells it where the project says how to ask; else as the ledger has it.
    """
    tables = [one for one in lake_tables(record.plan) if one.table in names]
    if settings_of(profile).show:
        return names_shown(platform, tables, profile, say)
    done = {one.subject: one.detail["to"] for one in record.markers if one.act == STANDS_MARKER}
    return {one.table: done.get(one.table, one.blue) for one in tables}


def names_shown(
    platform: Platform, tables: Iterable[LakeTable], profile: Profile, say: Narrator
) -> Mapping[str, str]:
    """Logical table → the physical one that its name stands for, as the lake tells it."""
    show = settings_of(profile).show
    return {one.table: _shown(platform, show, one, say) for one in tables}


def names_pointed(
    platform: Platform, plan: Plan, records: Iterable[ReleaseRecord], profile: Profile
) -> tuple[LakeTable, ...]:
    """The tables of what is live whose names a release pointed, each with the version that it stood for
    before; none where the lake cannot be asked.

    :param plan: every table of the live release, as deployed.
    """
    if platform.lake is None or not settings_of(profile).show:
        return ()
    pointed = {
        marker.subject: marker.detail["from"]
        for record in records
        if record.phase is not Phase.ROLLED_BACK
        for marker in _pointed(record)
    }
    return tuple(replace(one, blue=pointed[one.table]) for one in lake_tables(plan) if one.table in pointed)


def _shown(platform: Platform, statement: str, table: LakeTable, say: Narrator) -> str:
    """Which version of the table the engine's answer names; green's first, for the name that stays may be
    written as blue's is. Empty for neither.
    """
    (asked,) = _filled(platform, (statement,), table.table, table.green)
    try:
        answer = lake_of(platform).ask(asked) or ""
    except StatementError as error:  # no such name, for many an engine
        say(error.what)
        answer = ""
    for version in (table.green, table.blue):
        if version and re.search(rf"(?<!\w){re.escape(version)}(?!\w)", answer):
            return version
    return ""


def names_back(platform: Platform, record: ReleaseRecord, profile: Profile, say: Narrator) -> None:
    """Let the stable names stand for blue's lake tables again, and take away those of new tables."""
    settings = settings_of(profile)
    for marker in _pointed(record):
        before = marker.detail["from"]
        _run(
            platform,
            settings.point if before else settings.unpoint,
            marker.subject,
            before or marker.detail["to"],
        )
        say(f"{marker.subject} stands for {before or 'nothing'} in the lake")


def discard(platform: Platform, record: ReleaseRecord, profile: Profile, say: Narrator) -> None:
    """Run the project's ``discard`` for green's lake tables; without one they are kept."""
    statements = settings_of(profile).discard
    changed = {marker.subject for marker in record.markers if marker.act == CHANGE_MARKER}
    written = lake_tables(record.plan, tuple(one for one in record.plan.connectors if one.name in changed))
    for table in written:
        if statements:
            _run(platform, statements, table.table, table.green)
            say(f"{table.green} is discarded from the lake")
        else:
            say(f"{table.green} is kept in the lake: remove it before {table.green} is written again")


def lake_of(platform: Platform) -> Lake:
    """The engine. Raises ConfigurationError where the environment has none."""
    if platform.lake is None:
        raise ConfigurationError(
            "bluegreen.yaml has lake: for this environment, and no address is known",
            remedy="Set BLUEGREEN_LAKE_URL, or name an Airflow connection under connections: lake",
        )
    return platform.lake


def _pointed(record: ReleaseRecord) -> Iterator[Marker]:
    return (marker for marker in record.markers if marker.act == POINT_MARKER)


def _run(platform: Platform, statements: Sequence[str], table: str, physical: str) -> None:
    lake_of(platform).run(_filled(platform, statements, table, physical))


def _filled(platform: Platform, statements: Sequence[str], table: str, physical: str) -> tuple[str, ...]:
    """Statements with the two names filled in: they become part of SQL, so only plain ones may."""
    odd = [name for name in (table, physical) if not _NAME.fullmatch(name)]
    if odd:
        raise ConfigurationError(
            f"{odd[0]!r} cannot be part of a statement",
            remedy="Rename the table, or leave it out of the lake",
        )
    known: Mapping[str, str] = {"table": table, "topic": physical}
    numbered = {f"lake statement {number}": text for number, text in enumerate(statements, start=1)}
    return tuple(fill(numbered, platform.endpoints, known=known).values())
