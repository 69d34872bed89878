"""One wired stack for all suites of a run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reliability.figures import FOLDER
from tests.reliability.wiring import Wired, wired_stack


@pytest.fixture(scope="session")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    """A stack of this run's own: everything of it will be broken."""
    with wired_stack(tmp_path_factory.mktemp("wired") / "stack") as stack:
        yield stack


@pytest.fixture
def tell(results: Path) -> Callable[[str], None]:
    """Tells of a fault when it is over: seen at once with ``-s``, and kept in a file."""
    file = results / "rounds.log"

    def write(line: str) -> None:
        print(line, flush=True)
        with file.open("a") as log:
            log.write(f"{line}\n")

    return write


@pytest.fixture
def results() -> Path:
    """The folder in which the suites leave their figures, for docs/reliability.md."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER
