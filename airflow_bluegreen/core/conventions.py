"""What the names in a repository say: folders of its layout, and its git branches and tags."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import commonpath, dirname

from airflow_bluegreen.core.layout import KINDS, Layout, folders_of
from airflow_bluegreen.core.model import Flow, GitSettings

_KIND_OF = {
    word: kind
    for kind, words in {
        "source": "sources source src raw staging stg bronze",
        "intermediate": "intermediates intermediate int silver",
        "dimension": "dimensions dimension dims dim",
        "fact": "facts fact marts mart gold",
        "view": "views view",
    }.items()
    for word in words.split()
}
_EXTERNAL = frozenset({"external", "externals", "external_tables"})
_TAGS = ("v*", "release-*", "release/*", "release_*", "[0-9]*")
_MAINS = ("main", "master", "trunk")
_DEVELOPS = ("develop", "development", "dev")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitNames:
    """The names of a repository's branches (without their remote's), tags and remotes."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()


def guess_layout(paths: Collection[str], others: Collection[str]) -> Layout:
    """The layout that the names of the files with tables suggest.

    :param paths: the files that create or fill tables; at least one.
    :param others: the other SQL files.

    The default globs where they name at least half of the files: then the rest is tests and scratch.
    """
    default = Layout()
    fits = 2 * len(default.statement_files(paths)) >= len(paths)
    kinds = _kinds(paths)
    known = not kinds or kinds.items() <= KINDS.items()
    layout = Layout(
        statements=default.statements if fits else _globs(paths, others),
        kinds=dict(KINDS) if known else kinds,
    )
    nested = any(_product_folders(layout, path) > 1 for path in layout.statement_files(paths))
    return Layout(statements=layout.statements, kinds=layout.kinds, nested_products=nested)


def declares_outside(path: str) -> str:
    """The folder of a file that declares external tables (``environments/prod/external``), else empty."""
    folder = dirname(path)
    return folder if folder.rpartition("/")[2].lower() in _EXTERNAL else ""


def environment_of(folder: str) -> str:
    """The environment whose files lie in a folder: ``environments/prod/external`` → ``prod``."""
    parts = folder.split("/")
    named = "environments" in parts[:-2]
    return parts[parts.index("environments") + 1] if named else "production"


def guess_release_tags(names: GitNames) -> str:
    """The glob that most tags follow; ``v*`` where there are none."""
    return max(_TAGS, key=lambda glob: sum(fnmatchcase(tag, glob) for tag in names.tags))


def guess_git(names: GitNames) -> GitSettings:
    """The branches that releases are made with. The remote is never taken: pushing is for people to allow."""
    main = next((name for name in _MAINS if name in names.branches), None)
    develop = next((name for name in _DEVELOPS if name in names.branches), None)
    return GitSettings(
        flow=Flow.GIT_FLOW if develop else Flow.MAIN_ONLY,
        main=main or "main",
        develop=develop or "develop",
    )


def _kinds(paths: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(paths):
        folders = folders_of(path)
        depth = next((at for at, name in enumerate(folders, 1) if name.lower() in _KIND_OF), None)
        if depth is not None:
            found["/".join(folders[:depth])] = _KIND_OF[folders[depth - 1].lower()]
    return found


def _product_folders(layout: Layout, path: str) -> int:
    """How many folders stand between the kind's and the table's."""
    nested = Layout(kinds=layout.kinds, nested_products=True)
    product = nested.place(path)[1]
    return product.count("/") + 1 if product else 0


def _globs(paths: Iterable[str], others: Collection[str]) -> tuple[str, ...]:
    below: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        below[path.partition("/")[0] if "/" in path else ""].append(dirname(path))
    return tuple(
        f"{_root(top, folders, others)}/**/*.sql" if top else "*.sql"
        for top, folders in sorted(below.items())
    )


def _root(top: str, folders: list[str], others: Iterable[str]) -> str:
    """The top folder, so that tomorrow's tables are found; a narrower one where it holds other SQL too."""
    narrow = commonpath(folders)
    strangers = any(path.startswith(f"{top}/") and not path.startswith(f"{narrow}/") for path in others)
    return narrow if strangers else top
