import re

from airflow_bluegreen.core.configuration import Configuration, read_configuration
from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import Flow, GitSettings, Profile
from airflow_bluegreen.core.starter import Remarks, starter_file

PRODUCTION = {"production": Profile(name="production")}


def test_what_is_written_is_what_is_read() -> None:
    wanted = Configuration(
        project="42",
        release_tags="[0-9]*",
        profiles={"no": Profile(name="no", external_tables="x/external/*.sql")},
        git=GitSettings(flow=Flow.GIT_FLOW, main="master", develop="dev", release_branch="r/{version}"),
        layout=Layout(
            statements=("sql/**/*.sql", '"q: #.sql'),
            exclude=("sql/é\u2028.sql", "b\x07.sql"),
            kinds={"on": "source", "models/marts": "fact"},
            nested_products=True,
        ),
        prune=True,
    )
    assert read_configuration(starter_file(wanted, Remarks())) == wanted


def test_every_comment_can_be_taken_away() -> None:
    text = starter_file(Configuration(profiles=PRODUCTION), Remarks(remote="upstream"))
    uncommented = re.sub(r"^( *)# (?=[a-z_]+:(?: [^ ]*$| [\[{].*$|$)|  )", r"\1", text, flags=re.M)
    read = read_configuration(uncommented)
    assert read.git.remote == "upstream"
    assert read.profiles["production"].connections == {"kafka": "kafka_default"}
    assert read.layout == Layout()


def test_a_reason_stays_in_its_line() -> None:
    layout = Layout(exclude=("a.sql",))
    text = starter_file(
        Configuration(layout=layout, profiles=PRODUCTION),
        Remarks(excluded={"a.sql": "one\nproject: \x00two"}),
    )
    assert '- "a.sql"  # one project: two\n' in text
    assert read_configuration(text).layout == layout
