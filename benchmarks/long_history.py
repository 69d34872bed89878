"""How long ``list-modified-files`` takes on a history of 50,000 commits.

Run: ``.venv/bin/python benchmarks/long_history.py [COMMITS]``. Makes a bare repository of 200 tables, 20 of
which are changed over and over, in which every fifth commit is a merge, with one tag at its begin, so that
looking for the tag walks the whole history; then runs the command five times for each kind of base and prints
the seconds of the best run, the start of Python included.
"""

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


def seconds(folder: Path, *since: str) -> float:
    bluegreen = Path(sys.executable).with_name("bluegreen")
    command = [str(bluegreen), "list-modified-files", "--project", str(folder), *since]
    best = 1e9
    with tempfile.TemporaryDirectory() as lists:
        for _ in range(5):
            begun = time.perf_counter()
            subprocess.run([*command, "--output-dir", lists, "main"], check=True, capture_output=True)
            best = min(best, time.perf_counter() - begun)
    return best


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
            print(f"{label:<12} {seconds(folder, *since):.2f} s")


if __name__ == "__main__":
    main()
