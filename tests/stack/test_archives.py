from dataclasses import replace
from pathlib import Path

import pytest

from airflow_bluegreen.stack.archives import keep_archive, with_archives
from airflow_bluegreen.stack.parts import Part

PART = Part(name="kafka", port=1, command=("java", "kafka.Kafka"), directory="/", loads=("/a.jar", "/b.jar"))


@pytest.fixture
def java(tmp_path: Path) -> Path:
    """A Java that makes the platform archive where it is told to."""
    program = tmp_path / "home" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        '#!/bin/sh\nfor word; do case $word in *File=*) echo dump > "${word#*File=}";; esac; done\n'
    )
    program.chmod(0o755)
    (tmp_path / "home" / "release").write_text('JAVA_VERSION="21.0.8"\n')
    return program


def test_the_first_start_records(java: Path, tmp_path: Path) -> None:
    (part,) = with_archives((PART,), java, tmp_path / "cache")
    assert part.command == (
        "java",
        f"-XX:SharedArchiveFile={next((tmp_path / 'cache').rglob('platform.jsa'))}",
        f"-XX:ArchiveClassesAtExit={part.recorded_to}",
        "kafka.Kafka",
    )
    assert Path(part.archive).parent == Path(part.recorded_to).parent


def test_the_second_start_uses_what_was_recorded(java: Path, tmp_path: Path) -> None:
    (first,) = with_archives((PART,), java, tmp_path / "cache")
    Path(first.recorded_to).write_text("classes")
    keep_archive(first, 143)
    (second,) = with_archives((PART,), java, tmp_path / "cache")
    assert second.command == ("java", f"-XX:SharedArchiveFile={first.archive}", "kafka.Kafka")
    assert second.recorded_to == ""


def test_other_jars_need_another_archive(java: Path, tmp_path: Path) -> None:
    one, other = with_archives((PART, replace(PART, loads=("/c.jar",))), java, tmp_path / "cache")
    assert one.archive != other.archive


def test_another_java_needs_another_archive(java: Path, tmp_path: Path) -> None:
    (old,) = with_archives((PART,), java, tmp_path / "cache")
    (java.parent.parent / "release").write_text('JAVA_VERSION="21.0.9"\n')
    (new,) = with_archives((PART,), java, tmp_path / "cache")
    assert old.archive != new.archive


def test_programs_with_class_loaders_of_their_own_are_not_recorded(java: Path, tmp_path: Path) -> None:
    (part,) = with_archives((replace(PART, plain_classes=False),), java, tmp_path / "cache")
    assert part.recorded_to == ""
    assert part.command[1].endswith("platform.jsa")


def test_a_java_that_cannot_dump_is_used_as_it_is(java: Path, tmp_path: Path) -> None:
    java.write_text("#!/bin/sh\nexit 1\n")
    assert with_archives((PART,), java, tmp_path / "cache") == (PART,)


@pytest.mark.parametrize("exit_code", [1, -9, 137])
def test_what_a_killed_program_recorded_is_dropped(tmp_path: Path, exit_code: int) -> None:
    recorded, archive = tmp_path / "recorded", tmp_path / "archive"
    recorded.write_text("half of the cla")
    keep_archive(replace(PART, recorded_to=str(recorded), archive=str(archive)), exit_code)
    assert list(tmp_path.iterdir()) == []
