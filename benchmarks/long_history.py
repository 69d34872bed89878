"""How long ``list-modified-files`` takes on a history of 50,000 commits.

Run: ``.venv/bin/python benchmarks/long_history.py [COMMITS]``. Makes a bare repository of 200 tables, 20 of
which are changed over and over, in which every fifth commit is a merge, with one tag at its begin, so that
looking for the tag walks the whole history; then runs the command five times for each kind of base and prints
the seconds of the best run, the start of Python included: elapsed, and of processor time, git's own included.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TABLES = 200
CHANGED = 20
BEGIN = 1_500_000_000
MINUTE = 60


def files(number: int, meaning: int) -> dict[str, str]:
    name = f"t{number}"
    folder = f"pipelines/facts/p/{name}/sql-scripts"
    return {
        f"{folder}/ddl.{name}.sql": f"CREATE TABLE {name} (id INT) WITH ('a' = 'b');\n",
        f"{folder}/dml.{name}.sql": f"INSERT INTO {name} SELECT {meaning} FROM raw;\n",
    }


def entry(mark: int, parents: list[int], changed: dict[str, str]) -> str:
    lines = ["commit refs/heads/main", f"mark :{mark}"]
    lines += [f"committer Ada <ada@example.com> {BEGIN + mark * MINUTE} +0000", "data 1", "m"]
    lines += [f"{word} :{parent}" for word, parent in zip(("from", "merge"), parents, strict=False)]
    for path, text in changed.items():
        lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
    return "\n".join(lines) + "\n"


def make(folder: Path, commits: int) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE, text=True
    ) as git:
        assert git.stdin is not None
        first = {path: text for number in range(TABLES) for path, text in files(number, 0).items()}
        git.stdin.write(entry(1, [], first))
        git.stdin.write("reset refs/tags/v1\nfrom :1\n\n")
        for mark in range(2, commits + 1):
            parents = [mark - 1, mark - 3] if mark % 5 == 0 and mark > 4 else [mark - 1]
            git.stdin.write(entry(mark, parents, files(mark % CHANGED, mark)))
    assert git.returncode == 0


def seconds(folder: Path, *since: str) -> tuple[float, float]:
    """Elapsed, and of processor time."""
    bluegreen = Path(sys.executable).with_name("bluegreen")
    command = [str(bluegreen), "list-modified-files", "--project", str(folder), *since]
    elapsed = worked = 1e9
    with tempfile.TemporaryDirectory() as lists:
        for _ in range(5):
            begun, before = time.perf_counter(), processor_time()
            subprocess.run([*command, "--output-dir", lists, "main"], check=True, capture_output=True)
            elapsed = min(elapsed, time.perf_counter() - begun)
            worked = min(worked, processor_time() - before)
    return elapsed, worked


def processor_time() -> float:
    """Seconds that child processes worked so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    commits = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repo.git"
        make(folder, commits)
        middle = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(BEGIN + commits // 2 * MINUTE))
        for label, since in {
            "latest tag": (),
            "date": ("--since", middle),
            "commit": ("--since", "main~20"),
            "tag": ("--since", "v1"),
        }.items():
            elapsed, worked = seconds(folder, *since)
            print(f"{label:<12} {elapsed:.2f} s, {worked:.2f} s of processor time")


if __name__ == "__main__":
    main()
