"""What stands between two marks of a page."""

import re
from collections.abc import Callable, Mapping

_REGION = re.compile(
    r"(?P<begin>^<!-- begin (?P<name>[a-z-]+): written by `make reference` -->\n)"
    r"(?P<body>.*?)(?P<end>^<!-- end (?P=name) -->$)",
    re.M | re.S,
)


def names_of(page: str) -> list[str]:
    """The parts that a page has, in their order."""
    return [found["name"] for found in _REGION.finditer(page)]


def filled(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The page with each of its parts written anew. Raises KeyError for one that nobody writes."""
    return _REGION.sub(
        lambda found: f"{found['begin']}\n{parts[found['name']]().strip()}\n\n{found['end']}", page
    )
