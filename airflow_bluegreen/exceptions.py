"""The tree of errors, by what the caller may do next.

    BluegreenError
    ├── RefusedError              nothing was changed; fix the cause and run again          exit code 1
    │   ├── ProjectError          what git holds cannot be released (file, line)
    │   │   ├── SqlSyntaxError
    │   │   ├── LineageCycleError
    │   │   └── DuplicateOwnerError
    │   ├── UnknownRefError       no such tag, branch, commit or date
    │   ├── UnknownTableError     no such table in the lineage
    │   ├── StaleGraphError       the drawn DAG does not have a table of the plan
    │   ├── ConfigurationError    bluegreen.yaml, connection or setting
    │   │   ├── AccessError       a server does not let our user do that
    │   │   └── UnreadableRecordError  bytes in a topic that no format explains
    │   ├── WindowClosedError     no cut-over may begin now; there is a next opening
    │   ├── BusyError             another release is in progress; it may be waited for
    │   ├── ConflictError         what exists differs from what is wanted
    │   │   ├── RequirementError  blue is no longer what the plan was made for
    │   │   └── OvertakenError    another run of the same act has come further
    │   ├── StatementError        Flink rejected or failed a statement
    │   ├── StartRefusedError     a table cannot start as it was asked for
    │   └── ReadinessError        green did not become ready
    ├── TransientError            the server did not answer or asked to wait; a retry may help  exit code 1
    │   └── StoppedError          somebody asked to stop; run again, it goes on where it was
    └── OutcomeUnknownError       the request may have been carried out; look before you repeat exit code 3

Every message is one line: what, where (``file:line``), and what to do about it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in a file: ``path``, and 1-based ``line`` and ``column`` where they are known."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        known = [str(part) for part in (self.line, self.column) if part is not None]
        return ":".join([self.path, *known])


class BluegreenError(Exception):
    """Root of every error that this package raises on purpose.

    :param what: what is wrong, one line, no trailing full stop.
    :param where: the place it was found, for errors about files.
    :param remedy: what the reader can do about it, one line.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: Where | None = None, remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[BluegreenError], what: str, where: Where | None, remedy: str) -> BluegreenError:
    return kind(what, where=where, remedy=remedy)


class RefusedError(BluegreenError):
    """Nothing was changed. Safe to repeat once the cause is mended."""


class ProjectError(RefusedError):
    """What the commit holds cannot be released."""


class SqlSyntaxError(ProjectError):
    """A statement that the SQL front-end does not understand."""


class LineageCycleError(ProjectError):
    """Tables that read each other in a circle."""


class DuplicateOwnerError(ProjectError):
    """Two files that create the same table."""


class UnknownRefError(RefusedError):
    """No such tag, branch, commit or date in the repository."""


class UnknownTableError(RefusedError):
    """No such table in the lineage."""


class StaleGraphError(RefusedError):
    """The DAG was drawn before a table of this plan existed."""


class ConfigurationError(RefusedError):
    """bluegreen.yaml, a connection or a setting is missing or wrong."""


class AccessError(ConfigurationError):
    """A server does not let our user do that."""


class UnreadableRecordError(ConfigurationError):
    """A record holds bytes that neither its schema nor the table's columns explain."""


class BusyError(RefusedError):
    """Another release is in progress in the environment: wait for it, or end it."""


class WindowClosedError(RefusedError):
    """The release window of the environment is closed: the cut-over may begin when it opens."""


class ConflictError(RefusedError):
    """Something of that name exists and differs from what is wanted."""


class RequirementError(ConflictError):
    """Blue is no longer what the plan was made for."""


class OvertakenError(ConflictError):
    """Another run works on the same release and has come further: nothing of it may be undone."""


class StatementError(RefusedError):
    """Flink rejected a statement, or its job failed."""


class StartRefusedError(RefusedError):
    """A table cannot have the start that was asked for; a rebuild may take its place."""


class ReadinessError(RefusedError):
    """Green did not become ready: it crash-loops, is stuck or ran out of time."""


class TransientError(BluegreenError):
    """The server did not answer, or asked to wait. A retry may help."""


class StoppedError(TransientError):
    """Somebody asked to stop; what was done is kept."""


class OutcomeUnknownError(BluegreenError):
    """The request may have been carried out. Look at the outside system before repeating it."""

    exit_code = 3
