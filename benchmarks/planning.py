"""How long lineage, plan and rewrite take: by size, by shape, cold and from the cache.

    python -m benchmarks.planning                     100 and 1,000 tables, every shape
    python -m benchmarks.planning --sizes 10000 --shapes layered
    python -m benchmarks.planning --git               files read from a git repository too
    python -m benchmarks.planning --processes 2       helper processes read too

Each number is the processor time of this process in seconds (``--clock wall`` for elapsed time), the best of
``--repeat`` runs. ``sqlglot`` is the yardstick: the same texts tokenized, and the queries in them parsed, by
sqlglot alone in the same run. What is printed last are ratios to it and how times grow with size (1.0 is
linear). Helpers have processor time of their own, so with them it is the elapsed time that counts; they start
within it.
"""

import argparse
import gc
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlglot
import sqlglot.parser
from rich.console import Console
from rich.table import Table

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.sql_cache import SqlCache
from airflow_bluegreen.clients.sql_helpers import HelperProcesses
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Plan, Project
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import PROJECT_SUFFIXES, read_project
from airflow_bluegreen.core.reading import FrontEnd, forget_files
from benchmarks.synthetic import SHAPES, Synthetic

CLOCKS: dict[str, Callable[[], float]] = {"cpu": time.process_time, "wall": time.perf_counter}
Seconds = dict[str, dict[str, float]]
"""By clock and stage."""
STAGES = ("sqlglot", "git", "read", "lineage", "plan", "warm read", "warm lineage", "warm plan")


class Stopwatch:
    """Seconds by clock and stage, of one run."""

    def __init__(self) -> None:
        self.seconds: Seconds = {clock: {} for clock in CLOCKS}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens inside counts for this stage."""
        gc.collect()
        begun = {clock: now() for clock, now in CLOCKS.items()}
        yield
        for clock, now in CLOCKS.items():
            self.seconds[clock][name] = now() - begun[clock]


def measure(project: Synthetic, *, git: bool, processes: int) -> Seconds:
    """One run: by sqlglot alone, cold, and again from the cache that the cold run filled."""
    watch = Stopwatch()
    helpers = HelperProcesses(processes)
    with watch.stage("sqlglot"):
        yardstick(project)
    with tempfile.TemporaryDirectory() as folder:
        if git:
            repository = committed(project, Path(folder) / "project")
            with watch.stage("git"):
                repository.read_files(repository.resolve("HEAD"), PROJECT_SUFFIXES)
        release(project, FrontEnd(SqlCache(Path(folder) / "cache"), helpers), watch, "")
        release(project, FrontEnd(SqlCache(Path(folder) / "cache"), helpers), watch, "warm ")
    helpers.close()
    return watch.seconds


def yardstick(project: Synthetic) -> None:
    """The same texts by sqlglot alone: all of them tokenized, the queries of the DMLs parsed."""
    for path, text in project.before.items():
        if path.endswith(".sql"):
            sqlglot.tokenize(text, read="databricks")
        if "/dml." in path:
            sqlglot.parse_one("WITH " + text.partition("\nWITH ")[2], read="databricks")


def release(project: Synthetic, front_end: FrontEnd, watch: Stopwatch, prefix: str) -> None:
    """Read base and release, draw the lineage, plan and rewrite; check that nothing green reads blue."""
    forget_files()
    with watch.stage(f"{prefix}read"):
        base = read_project(project.before, None, front_end)
        after = read_project(project.after, None, front_end)
    with watch.stage(f"{prefix}lineage"):
        Lineage(after)
    with watch.stage(f"{prefix}plan"):
        plan = make_plan(
            project=after,
            base=base,
            environment="local",
            live={},
            base_release=None,
            front_end=front_end,
        )
    refuse_blue_reads(project, after, plan, front_end)


def refuse_blue_reads(project: Synthetic, release: Project, plan: Plan, front_end: FrontEnd) -> None:
    """Stop when the plan has other tables than it must, or a green statement that reads a blue one."""
    planned = {one.table for one in plan.tables}
    if planned != project.impacted:
        raise SystemExit(f"{len(planned)} tables planned, {len(project.impacted)} are impacted")
    rewritten = read_project({**release.files, **plan.rewritten}, None, front_end)
    for table in project.impacted:
        for dml in rewritten.tables[table].dml:
            blue = project.impacted.intersection(dml.statement.inputs)
            if blue:
                raise SystemExit(f"{dml.name} reads {', '.join(sorted(blue))}, blue tables")


def committed(project: Synthetic, folder: Path) -> GitRepository:
    """A repository whose HEAD holds the project's texts."""
    for path, text in project.before.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    identity = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "All of it")):
        subprocess.run(("git", "-C", str(folder), *command), check=True)
    return GitRepository(folder)


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How time grows with size: 1.0 is linear, 2.0 quadratic."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def times_table(shape: str, sizes: Sequence[int], measured: dict[int, dict[str, float]], clock: str) -> Table:
    """A row a stage, a column a size, and growth between the two largest sizes."""
    shown = Table("stage", *(f"{size:,}" for size in sizes), "growth", title=f"{shape}, {clock} seconds")
    totals = {
        size: {
            **seconds,
            "cold, all": sum(seconds[name] for name in ("read", "plan")),
            "warm, all": sum(seconds[f"warm {name}"] for name in ("read", "plan")),
        }
        for size, seconds in measured.items()
    }
    for name in (*STAGES, "cold, all", "warm, all"):
        if name not in totals[sizes[0]]:
            continue
        row = [totals[size][name] for size in sizes]
        grown = f"{exponent((sizes[-2], row[-2]), (sizes[-1], row[-1])):.2f}" if len(sizes) > 1 else ""
        shown.add_row(name, *(f"{seconds:.3f}" for seconds in row), grown)
    for name in ("cold, all", "warm, all"):
        ratios = [totals[size][name] / totals[size]["sqlglot"] for size in sizes]
        shown.add_row(f"{name} ÷ sqlglot", *(f"{ratio:.2f}" for ratio in ratios), "")
    return shown


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000])
    asked.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    asked.add_argument("--repeat", type=int, default=3)
    asked.add_argument("--clock", nargs="+", choices=CLOCKS, default=["cpu"])
    asked.add_argument("--processes", type=int, default=1)
    asked.add_argument("--git", action="store_true")
    options = asked.parse_args()
    # As the command line does it.
    gc.set_threshold(1_000_000, 20, 100)
    compiled = sqlglot.parser.__file__.endswith(".so")
    print(f"sqlglot {sqlglot.__version__}, {'compiled' if compiled else 'pure Python'}, load {load()}")
    for shape in options.shapes:
        runs = {}
        for size in sorted(options.sizes):
            project = SHAPES[shape](size)
            runs[size] = [
                measure(project, git=options.git, processes=options.processes) for _ in range(options.repeat)
            ]
        for clock in options.clock:
            best = {size: quickest([run[clock] for run in each]) for size, each in runs.items()}
            Console(width=100).print(times_table(shape, sorted(options.sizes), best, clock))
    print(f"load {load()}")


def quickest(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The best time of each stage."""
    return {name: min(run[name] for run in runs) for name in runs[0]}


def load() -> str:
    """How many processes wanted a processor in the last one, five and fifteen minutes."""
    return " ".join(f"{average:.1f}" for average in os.getloadavg())


if __name__ == "__main__":
    main()
