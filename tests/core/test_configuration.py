from datetime import date, time

import pytest

from airflow_bluegreen.core.configuration import Configuration, read_configuration
from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import (
    Blackout,
    ComparisonSettings,
    Engine,
    EngineSettings,
    Flow,
    GitSettings,
    Grouping,
    IntegrationSettings,
    Outside,
    Profile,
    ReleaseWindow,
    Start,
    StartWish,
    Tolerance,
)
from airflow_bluegreen.exceptions import ConfigurationError


def test_what_the_file_says() -> None:
    found = read_configuration(
        """\
project: retail
release_tags: "release-*"
accepted_schema_changes: [int_3_v2, fact_1]
environments:
  local:
    external_tables: environments/local/external/*.sql
    table_options: {properties.bootstrap.servers: "{kafka.bootstrap.servers}"}
    row_count_tolerance: 0.01
    schema_compatibility: FORWARD
  cloud:
    dialect: confluent
"""
    )
    assert (found.project, found.release_tags) == ("retail", "release-*")
    assert found.profiles == {
        "local": Profile(
            name="local",
            external_tables="environments/local/external/*.sql",
            table_options={"properties.bootstrap.servers": "{kafka.bootstrap.servers}"},
            row_count_tolerance=0.01,
            schema_compatibility="FORWARD",
            accepted_schema_changes=("int_3_v2", "fact_1"),
        ),
        "cloud": Profile(name="cloud", dialect="confluent", accepted_schema_changes=("int_3_v2", "fact_1")),
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_has_the_defaults(text: str) -> None:
    assert read_configuration(text) == Configuration()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "project: a\nenvironment: {}\n",
            r"^bluegreen.yaml:2: unknown setting environment\. Known here: accepted_schema_changes, compar",
        ),
        (
            "environments:\n  local:\n    connections:\n      kafka: k\n      flink: f\n",
            r"^bluegreen.yaml:5: unknown setting environments\.local\.connections\.flink\. "
            r"Known here: flink_gateway, kafka, kafka_connect, schema_registry, git, lake$",
        ),
        (
            "project: a\nenvironments:\n  local:\n    dialect: open-source\n    tables: x\n",
            r"^bluegreen.yaml:5: unknown setting environments.local.tables\. Known here: connections, conn",
        ),
        (
            "environments:\n  local:\n    connector_config:\n      a: b\n      tasks.max: 1\n",
            r"^bluegreen.yaml:5: environments.local.connector_config.tasks.max is not a text\. Put the",
        ),
        (
            "environments:\n  local:\n    dialect: oracle\n",
            r"^bluegreen.yaml:3: environments.local.dialect: input",
        ),
        (
            "environments:\n  local:\n    row_count_tolerance: 2\n",
            r"^bluegreen.yaml:3: .*less than or equal to 1",
        ),
        ("project: a\nrelease_tags: [\n", r"^bluegreen.yaml:3:1: not valid YAML: "),
        ("- project\n", r"^bluegreen.yaml:1: the file: input should be"),
        ("project: a b\nx: 1\ny: 2\n", r"^bluegreen.yaml:1: project: .* \(and 2 more\)"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_configuration(text)


def test_how_releases_pass_through_git() -> None:
    text = "git: {flow: git-flow, main: trunk, release_branch: 'rel/{version}', remote: origin}\n"
    git = read_configuration(text).git
    assert (git.flow, git.main, git.develop) == (Flow.GIT_FLOW, "trunk", "develop")
    assert (git.release_branch, git.remote) == ("rel/{version}", "origin")
    assert read_configuration("project: p\n").git == GitSettings()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("flow: gitlab", r"bluegreen\.yaml:2: git\.flow"),
        ("mian: x", r"unknown setting git\.mian\. Known here: develop, flow, main, release_branch, remote"),
        ("release_branch: release", r"git\.release_branch"),
        ("main: --upload-pack=x", r"git\.main"),
        ("remote: 'ext::sh -c x'", r"git\.remote"),
    ],
)
def test_what_git_cannot_be_told_is_refused(line: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_configuration(f"git:\n  {line}\n")


def test_the_layout_and_what_is_pruned() -> None:
    found = read_configuration(
        """\
prune: columns
layout:
  statements: ["sql/**/*.sql"]
  exclude: ["sql/archive/**"]
  kinds: {staging: source, marts: fact}
  nested_products: true
"""
    )
    assert found.prune
    assert found.layout == Layout(
        statements=("sql/**/*.sql",),
        exclude=("sql/archive/**",),
        kinds={"staging": "source", "marts": "fact"},
        nested_products=True,
    )
    assert Configuration().layout == Layout()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "layout:\n  globs: []\n",
            r"^bluegreen.yaml:2: unknown setting layout\.globs\. Known here: exclude, kinds, nested_prod",
        ),
        (
            "layout:\n  statements: []\n",
            r"^bluegreen.yaml:2: layout\.statements: list should have",
        ),
        (
            "layout:\n  statements: [a.txt]\n",
            r"^bluegreen.yaml:2: layout\.statements\.0: string should match",
        ),
        (
            "layout:\n  statements: [/a.sql]\n",
            r"^bluegreen.yaml:2: layout\.statements\.0: string should match",
        ),
        ("layout:\n  kinds: {a: 1}\n", r"^bluegreen.yaml:2: layout\.kinds\.a is not a text"),
        ("prune: rows\n", r"^bluegreen.yaml:1: prune: input should be 'none' or 'columns'"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_configuration(text)


def test_where_tables_are_compared() -> None:
    environment = "environments: {local: {}}\n"
    assert read_configuration(environment).profiles["local"].comparing == EngineSettings()
    asked = f"comparison: {{engine: auto, cluster_above: 5}}\n{environment}"
    found = read_configuration(asked).profiles["local"].comparing
    assert found == EngineSettings(engine=Engine.AUTO, cluster_above=5)
    asked = "comparison: {records_per_second: 5, bytes_per_second: 7, hash_memory: 64 MiB}\n"
    found = read_configuration(asked + "environments: {local: {}}\n").profiles["local"].comparing
    assert found == EngineSettings(records_per_second=5, bytes_per_second=7, hash_memory=64 << 20)
    with pytest.raises(ConfigurationError, match=r"^bluegreen.yaml:1: comparison\.engine: input should be"):
        read_configuration("comparison: {engine: spark}\n")
    known = r"Known here: bytes_per_second, cluster_above, defaults, engine, hash_memory, records_per_second"
    with pytest.raises(ConfigurationError, match=known):
        read_configuration("comparison: {engin: auto}\n")


def test_how_green_tables_start() -> None:
    assert read_configuration("project: a\n").start.wish("int_1", "fact") == StartWish()
    short = read_configuration("start: auto\n").start
    assert short.wish("int_1", "fact") == StartWish(start=Start.AUTO, or_rebuild=True)
    text = (
        "start:\n  default: auto\n  kinds: {fact: seed}\n  tables: {fact_1: latest}\n  otherwise: rebuild\n"
    )
    long = read_configuration(text).start
    assert long.wish("int_1", "intermediate").start is Start.AUTO
    assert long.wish("fact_2", "fact") == StartWish(start=Start.SEED, or_rebuild=True)
    assert long.wish("fact_1", "fact").start is Start.LATEST


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start: savepoint\n", r"^bluegreen.yaml:1: start\.default: input should be 'rebuild', 'carry_over'"),
        ("start:\n  tables:\n    int_1: ear\n", r"^bluegreen.yaml:3: start\.tables\.int_1: input should be"),
        (
            "start:\n  table: {}\n",
            r"^bluegreen.yaml:2: unknown setting start\.table\. Known here: default, kinds",
        ),
        ("start:\n  otherwise: maybe\n", r"^bluegreen.yaml:2: start\.otherwise: input should be"),
    ],
)
def test_a_start_that_there_is_not_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_configuration(text)


LAKE = """\
environments:
  local:
    lake:
      prepare: ["DROP TABLE IF EXISTS lake.{topic}"]
      point:
        - CREATE OR REPLACE VIEW serving.{table} AS SELECT * FROM lake.{topic}
      unpoint: ["DROP VIEW serving.{table}"]
"""


def test_what_readers_of_the_lake_see() -> None:
    profile = read_configuration(LAKE).profiles["local"]
    assert profile.lake is not None
    assert profile.lake.point == ("CREATE OR REPLACE VIEW serving.{table} AS SELECT * FROM lake.{topic}",)
    assert profile.lake.discard == ()
    assert read_configuration("environments: {local: {}}").profiles["local"].lake is None


def test_names_that_could_not_be_taken_away_again_are_refused() -> None:
    text = "\n".join(line for line in LAKE.splitlines() if "unpoint" not in line)
    with pytest.raises(ConfigurationError, match=r"bluegreen.yaml:3: .*point and unpoint go together"):
        read_configuration(text)
    with pytest.raises(
        ConfigurationError, match=r"unknown setting environments\.local\.lake\.points.*discard, point"
    ):
        read_configuration(LAKE.replace("unpoint", "points"))


def test_how_tables_are_compared() -> None:
    settings = read_configuration(
        """\
comparison:
  defaults:
    ignore: [loaded_at]
    tolerance: {absolute: 0.01, time: 2s}
    mask: [email]
  tables:
    fact_1:
      tolerances: {total: {relative: 0.001}}
      mask_as: hash
      unique: [order_id, line]
      window: 1h
      memory: 1 GiB
      groups: [{by: [country], of: [total]}]
      expected:
        - {reason: new rates, columns: [total], release: v2}
        - {reason: fewer rows, rows: true}
    fact_2: {ignore: []}
"""
    ).comparison
    assert settings.of("other") == settings.default
    assert settings.default.tolerance_of("total") == Tolerance(absolute=0.01, seconds=2)
    fact_1 = settings.of("fact_1")
    assert (fact_1.ignore, fact_1.mask, fact_1.mask_as) == (("loaded_at",), ("email",), "hash")
    assert fact_1.tolerance_of("total") == Tolerance(relative=0.001)
    assert fact_1.tolerance_of("other") == settings.default.tolerance
    assert (fact_1.unique, fact_1.window, fact_1.memory) == (("order_id", "line"), 3600, 1 << 30)
    assert fact_1.groups == (Grouping(by=("country",), of=("total",)),)
    assert [one.reason for one in fact_1.expected_in("v2")] == ["new rates", "fewer rows"]
    assert [one.reason for one in fact_1.expected_in("v3")] == ["fewer rows"]
    assert settings.of("fact_2").ignore == ()
    assert read_configuration("project: p\n").comparison == ComparisonSettings()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "  default: {}",
            r"^bluegreen.yaml:2: unknown setting comparison.default. Known here: bytes_per_second, ",
        ),
        (
            "  tables:\n    t:\n      ignored: [x]",
            r"^bluegreen.yaml:4: unknown setting comparison.tables.t.ignored. Known here: aggregate_toler",
        ),
        (
            "  defaults:\n    tolerance: {absolut: 1}",
            r"^bluegreen.yaml:3: unknown setting comparison.defaults.tolerance.absolut. Known here: abs",
        ),
        (
            "  tables:\n    t:\n      groups:\n        - of: [x]",
            r"^bluegreen.yaml:5: .*comparison.tables.t.groups.0.by",
        ),
        (
            "  tables:\n    t:\n      expected:\n        - reason: because",
            r"^bluegreen.yaml:5: comparison.tables.t.expected.0: .*columns, or rows: true",
        ),
        ("  defaults: {memory: 12}", r"^bluegreen.yaml:2: .*12 is no size"),
        ("  defaults: {window: 3}", r"^bluegreen.yaml:2: .*3 is no duration"),
        ("  defaults: {mask_as: rot13}", r"^bluegreen.yaml:2: .*mask_as"),
    ],
)
def test_what_a_comparison_cannot_be_told_is_refused(lines: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_configuration(f"comparison:\n{lines}\n")


def window_of(text: str) -> ReleaseWindow | None:
    lines = "".join(f"      {line}\n" for line in text.splitlines())
    return read_configuration(f"environments:\n  live:\n    window:\n{lines}").profiles["live"].window


def test_a_release_window() -> None:
    assert window_of(
        "start: 22:00\n"  # YAML takes it for 1320
        "end: 04:00\n"
        "time_zone: Europe/Berlin\n"
        "days: [thu, mon]\n"
        "blackout: [2026-12-01, 2026-12-24/2027-01-01]\n"
        "outside: stop"
    ) == ReleaseWindow(
        start=time(22),
        end=time(4),
        time_zone="Europe/Berlin",
        days=("mon", "thu"),
        blackouts=(
            Blackout(first=date(2026, 12, 1), last=date(2026, 12, 1)),
            Blackout(first=date(2026, 12, 24), last=date(2027, 1, 1)),
        ),
        outside=Outside.STOP,
    )
    assert window_of("days: [sat]") == ReleaseWindow(days=("sat",))
    assert read_configuration("environments:\n  live: {}\n").profiles["live"].window is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start: 25:00", "window.start: value error, 1500 is no time of the day"),
        ('start: "10 pm"', "'10 pm' is no time of the day: write hours and minutes"),
        ('start: "22"', "'22' is no time of the day"),
        ("time_zone: Europe/Bonn", "'Europe/Bonn' is no time zone: write a name such as Europe/Berlin"),
        ('time_zone: "../etc/passwd"', "is no time zone"),
        ("days: [Monday]", r"window.days.0: input should be 'mon'"),
        ("days: []", "window.days: list should have at least 1 item"),
        ("blackout: [soon]", "'soon' are no days: write 2026-12-24, or"),
        ("blackout: [2026-12-24/2026-12-20]", "are no days"),
        ("outside: ask", "window.outside: input should be 'wait' or 'stop'"),
        (
            "from: 22:00",
            r"unknown setting .*window.from\. Known here: blackout, days, end, outside, start, time",
        ),
    ],
)
def test_a_release_window_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^bluegreen.yaml:4: .*{message}"):
        window_of(text)


def test_the_test_with_synthetic_records() -> None:
    text = (
        "integration_test:\n"
        "  records: 40\n"
        "  seed: 9\n"
        "  select: ['+kind:fact']\n"
        "  any_order: [view_1]\n"
        "  sources:\n"
        "    raw_b:\n"
        "      records: 80\n"
        "      file: samples/raw_b.jsonl\n"
        "      key: [order_id]\n"
        "      order_by: lsn\n"
        "      operation: op\n"
        "      deleted: D\n"
        "      values: {channel: [web, app]}\n"
    )
    found = read_configuration(text).integration
    assert (found.records, found.seed, found.select, found.any_order) == (40, 9, ("+kind:fact",), ("view_1",))
    source = found.sources["raw_b"]
    assert (source.records, source.file, source.key) == (80, "samples/raw_b.jsonl", ("order_id",))
    assert (source.order_by, source.operation, source.deleted) == ("lsn", "op", "D")
    assert source.values == {"channel": ("web", "app")}
    assert read_configuration("").integration == IntegrationSettings()


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{record: 3}", "unknown setting integration_test.record. Known here: any_order, records, s"),
        ("{records: 0}", "integration_test.records"),
        (
            "{sources: {a: {keys: [x]}}}",
            "unknown setting integration_test.sources.a.keys. Known here: deleted,",
        ),
        ("{sources: {a: {file: /tmp/a.jsonl}}}", "integration_test.sources.a.file"),
        ("{sources: {a: {deleted: D}}}", "deleted goes with operation"),
        ("{sources: {a: {order_by: lsn}}}", "order_by goes with key"),
        ("{sources: {a: {values: {x: []}}}}", "integration_test.sources.a.values.x"),
    ],
)
def test_a_test_that_is_described_wrongly(section: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_configuration(f"integration_test: {section}\n")
    assert message in str(raised.value).replace("bluegreen.yaml:1:1: ", "")
