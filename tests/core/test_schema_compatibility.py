import json

import pytest

from airflow_bluegreen.core.schema_compatibility import Compatibility, incompatibilities


def record(**types: object) -> str:
    """Fields by name; a pair is (type, default)."""
    fields = [
        {"name": name, "type": kind[0], "default": kind[1]}
        if isinstance(kind, tuple)
        else {"name": name, "type": kind}
        for name, kind in types.items()
    ]
    return json.dumps({"type": "record", "name": "row", "fields": fields})


A = record(a="int")
A_B = record(a="int", b="int")
A_OPTIONAL_B = record(a="int", b=("int", 0))
WIDER = record(a="long")


@pytest.mark.parametrize(
    ("level", "newest", "earlier", "fits"),
    [
        ("BACKWARD", A, [A_B], True),
        ("BACKWARD", A_B, [A], False),
        ("BACKWARD", A_OPTIONAL_B, [A], True),
        ("BACKWARD", WIDER, [A], True),
        ("FORWARD", A_B, [A], True),
        ("FORWARD", WIDER, [A], False),
        ("FORWARD", A, [A_B], False),
        ("FULL", A_OPTIONAL_B, [A], True),
        ("FULL", A_B, [A], False),
        ("FULL", A, [A_OPTIONAL_B], True),
        ("FULL", WIDER, [A], False),
        ("NONE", record(a="string"), [A], True),
        ("FULL_TRANSITIVE", A, [], True),
    ],
)
def test_levels(level: str, newest: str, earlier: list[str], fits: bool) -> None:
    assert (incompatibilities(Compatibility(level), newest, earlier) == ()) is fits


@pytest.mark.parametrize("side", ["BACKWARD", "FULL"])
def test_only_a_transitive_level_looks_beyond_the_version_before(side: str) -> None:
    # 1: a; 2: a and b with a default; 3: a and b without one, which 2's writers fill and 1's do not
    history = [A, A_OPTIONAL_B]
    assert incompatibilities(Compatibility(side), A_B, history) == ()
    (problem,) = incompatibilities(Compatibility(f"{side}_TRANSITIVE"), A_B, history)
    assert problem == (
        "the newest version cannot read what version 1 wrote: reader field missing default value (b)"
    )


def test_the_version_that_breaks_and_the_side_that_cannot_read_are_named() -> None:
    problems = incompatibilities(Compatibility.FULL_TRANSITIVE, record(a="string"), [A, WIDER])
    assert [problem.partition(":")[0] for problem in problems] == [
        "the newest version cannot read what version 1 wrote",
        "version 1 cannot read what the newest version writes",
        "the newest version cannot read what version 2 wrote",
        "version 2 cannot read what the newest version writes",
    ]
