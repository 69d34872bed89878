import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Thread

import pytest

from airflow_bluegreen.clients.sql_cache import SqlCache
from airflow_bluegreen.clients.sql_helpers import VARIABLE, HelperProcesses, open_helpers
from airflow_bluegreen.core.asking import ask_statements
from airflow_bluegreen.core.packing import pack_statements
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.reading import FrontEnd, forget_files
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.exceptions import SqlSyntaxError
from benchmarks.synthetic import layered

TEXTS = [f"INSERT INTO t{number} SELECT a, b FROM s{number}" for number in range(300)]
EXPECTED = {at: pack_statements(parse(text, "x.sql")) for at, text in enumerate(TEXTS)}


@pytest.fixture
def helpers() -> Iterator[HelperProcesses]:
    helpers = HelperProcesses(2, least=1)
    yield helpers
    helpers.close()


def question(at: int) -> bytes:
    return ask_statements(TEXTS[at], "x.sql")


def ask(helpers: HelperProcesses, before_each: Callable[[], object] = lambda: None) -> Mapping[int, bytes]:
    """All answers, whoever gave them."""
    own: dict[int, bytes] = {}

    def here(at: int) -> None:
        before_each()
        own[at] = EXPECTED[at]

    answers = helpers.share(len(TEXTS), question, here)
    assert not own.keys() & answers.keys()
    return {**own, **answers}


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def wait_for_helper(helpers: HelperProcesses) -> None:
    """Until it answers a question."""
    for _ in range(100):
        if helpers.share(2, question, lambda _: time.sleep(0.05)):
            return
    raise AssertionError("the helper never answered")


def test_every_question_is_answered_once_here_or_there(helpers: HelperProcesses) -> None:
    wait_for_helper(helpers)
    answers = helpers.share(len(TEXTS), question, lambda _: time.sleep(0.005))
    assert answers
    assert all(answer == EXPECTED[at] for at, answer in answers.items())
    assert ask(helpers) == EXPECTED


def test_what_a_killed_helper_leaves_is_answered_here(helpers: HelperProcesses) -> None:
    before = children()
    wait_for_helper(helpers)
    (pid,) = children() - before
    kills = iter([lambda: os.kill(pid, signal.SIGKILL)])
    assert ask(helpers, lambda: next(kills, lambda: None)()) == EXPECTED
    wait_for_helper(helpers)  # another one
    assert ask(helpers) == EXPECTED


def test_a_helper_that_hangs_and_is_killed_loses_nothing(helpers: HelperProcesses) -> None:
    before = children()
    wait_for_helper(helpers)
    (pid,) = children() - before
    os.kill(pid, signal.SIGSTOP)
    Thread(target=lambda: (time.sleep(0.3), os.kill(pid, signal.SIGKILL))).start()
    assert ask(helpers) == EXPECTED


def test_helpers_end_with_whoever_asked() -> None:
    before = children()
    helpers = HelperProcesses(2, least=1)
    wait_for_helper(helpers)
    assert children() - before
    del helpers
    gc.collect()
    assert children() == before


def test_helpers_end_when_their_process_is_killed() -> None:
    code = (
        "import sys, time\n"
        "from airflow_bluegreen.clients.sql_helpers import HelperProcesses\n"
        "from airflow_bluegreen.core.asking import ask_statements\n"
        "helpers = HelperProcesses(2, least=1)\n"
        "question = lambda at: ask_statements('SELECT 1', 'x')\n"
        "while not helpers.share(2, question, lambda at: time.sleep(0.05)):\n"
        "    pass\n"
        "print(helpers._helpers[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


def test_little_is_read_alone() -> None:
    before = children()
    helpers = HelperProcesses(4)
    assert ask(helpers) == EXPECTED
    assert not HelperProcesses(1, least=1).worthwhile(10_000)
    assert children() == before


def test_without_a_helper_everything_is_answered_here(
    monkeypatch: pytest.MonkeyPatch, helpers: HelperProcesses
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert ask(helpers) == EXPECTED
    monkeypatch.setattr(sys, "executable", "/bin/true")
    assert ask(helpers) == EXPECTED


def test_threads_do_not_wait_for_each_other(helpers: HelperProcesses) -> None:
    found: list[Mapping[int, bytes]] = []
    threads = [Thread(target=lambda: found.append(ask(helpers))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [EXPECTED] * 4


def test_an_error_here_leaves_the_helpers_fit_for_use(helpers: HelperProcesses) -> None:
    def here(at: int) -> None:
        raise KeyError(at)

    wait_for_helper(helpers)
    with pytest.raises(KeyError):
        helpers.share(len(TEXTS), question, here)
    assert ask(helpers) == EXPECTED


def test_a_forked_process_has_helpers_of_its_own(helpers: HelperProcesses) -> None:
    wait_for_helper(helpers)
    pid = os.fork()
    if not pid:  # pragma: no cover
        same = False
        try:
            same = ask(helpers) == EXPECTED
            helpers.close()
        finally:
            os._exit(0 if same else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert ask(helpers) == EXPECTED


def test_a_plan_is_the_same_with_helpers(helpers: HelperProcesses, tmp_path: Path) -> None:
    project = layered(60)
    plans = []
    for front_end in (FrontEnd(), FrontEnd(SqlCache(tmp_path), helpers), FrontEnd(SqlCache(tmp_path))):
        forget_files()
        base = read_project(project.before, None, front_end)
        release = read_project(project.after, None, front_end)
        plans.append(
            make_plan(
                project=release,
                base=base,
                environment="local",
                live={},
                base_release=None,
                front_end=front_end,
            )
        )
    assert plans[0] == plans[1] == plans[2]
    assert plans[0].tables


def test_errors_are_said_with_their_place_and_in_order(helpers: HelperProcesses) -> None:
    wait_for_helper(helpers)
    files = {f"p/dml.t{at:03}.sql": TEXTS[at] for at in range(len(TEXTS))}
    files |= {"p/dml.t007.sql": "INSERT INTO t SELECT", "p/dml.t290.sql": "\n INSERT"}
    _, errors = FrontEnd(None, helpers).parse_files(files, sorted(files))
    assert [str(error.where) for error in errors] == ["p/dml.t007.sql:1:15", "p/dml.t290.sql:2:8"]
    assert all(isinstance(error, SqlSyntaxError) for error in errors)


def test_the_environment_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    assert not open_helpers().worthwhile(1_000_000)
    monkeypatch.setenv(VARIABLE, "2")
    assert open_helpers().worthwhile(1_000_000)
    assert not open_helpers().worthwhile(10)
    monkeypatch.setenv(VARIABLE, "many")
    assert open_helpers().worthwhile(1_000_000) is (len(os.sched_getaffinity(0)) > 1)
