"""The corpus: cases of Flink SQL in the ``.sql`` files of this folder.

A case is a title, a line ``kind: tables read → tables written`` and, where Flink's answer is not just yes, a
line ``flink: refuses, …`` or ``flink: not asked, …``, all in comments; then the statement.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
WORLD = FOLDER / "tables.sql"
_HEAD = re.compile(
    r"^-- (?P<title>.+)\n-- (?P<kind>[a-z_]+): (?P<reads>.+) → (?P<writes>.+)\n"
    r"(?:-- flink: (?P<flink>.+)\n)?",
    re.M,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    area: str
    title: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    flink: str
    sql: str

    @property
    def refused(self) -> bool:
        return self.flink.startswith("refuses")

    @property
    def asked(self) -> bool:
        return not self.flink.startswith("not asked")

    def __str__(self) -> str:
        return f"{self.area}: {self.title}"


def refused() -> list[str]:
    """Statements that neither Flink nor we understand."""
    lines = (Path(__file__).parent / "refused.sql").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("--")]


def cases() -> list[Case]:
    """Every case, area by area."""
    return [case for path in sorted(FOLDER.glob("*.sql")) if path != WORLD for case in _of_file(path)]


def _of_file(path: Path) -> list[Case]:
    text = path.read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Case(
            area=path.stem,
            title=head["title"],
            kind=head["kind"],
            inputs=_names(head["reads"]),
            outputs=_names(head["writes"]),
            flink=head["flink"] or "",
            sql=text[head.end() : end].strip(),
        )
        for head, end in zip(heads, ends, strict=True)
    ]


def _names(listed: str) -> tuple[str, ...]:
    return () if listed == "–" else tuple(listed.split(", "))
