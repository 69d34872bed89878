"""``python -m tests.reliability.driver``: the ``bluegreen`` command, which stops where it is told.

The command line is the product's own; between it and the real servers every writing call goes by a hook.
The first arguments are this module's, what follows ``--`` is the command's.
"""

import argparse
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.session import Session, open_session
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from tests.reliability.points import Hook, Line, Point, kill_at, watched

HASTE = 0.25
"""Between two looks the release sleeps this share of what it would: the servers of the suites are near."""
_WAIT_S = 0.05
_LONGEST_PAUSE_S = 900.0


class HastyClock(SystemClock):
    """Tells the right time, and sleeps less."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds * HASTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """The file in which a run writes down what it comes by, a JSON object a line."""

    path: Path
    lock: threading.Lock

    def write(self, **entry: str) -> None:
        with self.lock, self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def point(self, point: Point) -> None:
        self.write(point=str(point))


class SessionDiary(httpx.HTTPTransport):
    """Writes down the sessions that are opened at the SQL gateway, for none may be left."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.method == "POST" and request.url.path == "/v3/sessions":
            response.read()
            self._diary.write(session=response.json()["sessionHandle"])
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedSession(Session):
    """Whose narration is watched as well."""

    line: Line

    def say(self, line: str, /) -> None:
        print(line, file=sys.stderr, flush=True)
        self.line.said(line)


def pause_at(targets: tuple[Point, ...], diary: Diary) -> Hook:
    """Wait at each of these points until there is a file of that number beside the diary."""

    def hook(point: Point) -> None:
        if point not in targets:
            return
        diary.write(paused=str(point))
        go = diary.path.with_suffix(f".go-{targets.index(point)}")
        until = time.monotonic() + _LONGEST_PAUSE_S
        while not go.exists() and time.monotonic() < until:
            time.sleep(_WAIT_S)

    return hook


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.driver", description=__doc__)
    parser.add_argument("--diary", type=Path, required=True)
    parser.add_argument("--kill", type=Point.read, help="a point: before|during|after, and the call's name")
    parser.add_argument("--pause", type=Point.read, action="append", default=[])
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    return arguments, arguments.command


def main() -> None:
    """Run the command; it ends as the command does, or is killed on the way."""
    arguments, command = _arguments()
    diary = Diary(path=arguments.diary, lock=threading.Lock())
    hooks = [diary.point, pause_at(tuple(arguments.pause), diary)]
    if arguments.kill:
        hooks.append(kill_at(arguments.kill))
    line = Line(*hooks)

    def opener(project: Path, environment: str | None, ref: str) -> Session:
        session = open_session(project, environment, ref)
        gateway = FlinkGateway(session.platform.endpoints.gateway_url, transport=SessionDiary(diary))
        platform = replace(session.platform, gateway=gateway, clock=HastyClock())
        return WatchedSession(
            platform=watched(platform, line),
            profile=session.profile,
            environment=session.environment,
            line=line,
        )

    os.environ.setdefault("NO_COLOR", "1")
    app(command, obj=opener)


if __name__ == "__main__":
    main()
