"""The golden scenario in memory: v1.0.0, and v1.0.1 as a user and his editor left it."""

from collections.abc import Mapping

_OPTIONS = "WITH ('value.format' = 'avro-registry')"

CONFIGURATION = """\
project: retail
environments:
  local:
    external_tables: environments/local/external/*.sql
    connections: {kafka: kafka_default}
"""


def table(name: str, *columns: str) -> str:
    listed = "".join(f"  {column},\n" for column in columns)
    return f"CREATE TABLE {name} (\n{listed}  PRIMARY KEY (id) NOT ENFORCED\n) {_OPTIONS};\n"


def files_of(kinds: str, name: str, ddl: str, dml: str) -> dict[str, str]:
    folder = f"pipelines/{kinds}/p1/{name}/sql-scripts"
    return {f"{folder}/ddl.{name}.sql": ddl, f"{folder}/dml.{name}.sql": dml}


def connector(kinds: str, name: str) -> dict[str, str]:
    sink = f"sink-{name.replace('_', '-')}"
    config = f'"config": {{\n    "connector.class": "FileSink",\n    "topics": "{name}"\n  }}'
    text = f'{{\n  "name": "{sink}",\n  {config}\n}}\n'
    return {f"pipelines/{kinds}/p1/{name}/sql-scripts/connector.{sink}.json": text}


def _raw(letter: str) -> dict[str, str]:
    return {
        f"environments/local/external/ddl.raw_{letter}.sql": (
            f"CREATE TABLE raw_{letter} (id STRING, amount INT, op STRING) {_OPTIONS};\n"
        )
    }


def _source(letter: str) -> dict[str, str]:
    dml = (
        f"-- keep what was not deleted\nINSERT INTO src_{letter}\n"
        f"SELECT id, amount, op AS note FROM raw_{letter} WHERE op <> 'd';\n"
    )
    ddl = table(f"src_{letter}", "id STRING NOT NULL", "amount INT", "note STRING")
    return files_of("sources", f"src_{letter}", ddl, dml)


INT_1 = """\
INSERT INTO int_1
SELECT a.id, a.amount + b.amount AS total, b.note
FROM src_a a JOIN src_b b ON a.id = b.id;
"""

INT_3 = """\
INSERT INTO int_3
SELECT a.id, a.amount + b.amount AS total, c.note AS note
FROM src_a a
JOIN src_b b ON a.id = b.id
JOIN src_c c ON a.id = c.id;
"""

FACT_2 = """\
INSERT INTO fact_2
SELECT i.id, i.total AS first_total, `int_3`.total AS second_total
FROM `int_2` i JOIN int_3 ON i.id = int_3.id;
"""

FACT_3 = """\
INSERT INTO fact_3
SELECT i.id, i.note, x.amount AS shipped
FROM int_3 i JOIN src_x x ON i.id = x.id;
"""

_TOTALS = ("id STRING NOT NULL", "total INT", "note STRING")


def v1_0_0() -> dict[str, str]:
    """Every file of the project at tag v1.0.0, by path."""
    files: dict[str, str] = {"bluegreen.yaml": CONFIGURATION}
    for letter in "abcx":
        files |= _raw(letter) | _source(letter)
    files |= files_of("intermediates", "int_1", table("int_1", *_TOTALS), INT_1)
    int_2 = (
        "INSERT INTO int_2 SELECT b.id, c.amount AS total, c.note FROM src_b b JOIN src_c c ON b.id = c.id;\n"
    )
    files |= files_of("intermediates", "int_2", table("int_2", *_TOTALS), int_2)
    files |= files_of("intermediates", "int_3", table("int_3", *_TOTALS), INT_3)
    fact_1 = "INSERT INTO fact_1 SELECT i.id, i.total, j.note FROM int_1 i JOIN int_2 j ON i.id = j.id;\n"
    files |= files_of("facts", "fact_1", table("fact_1", *_TOTALS), fact_1)
    two = table("fact_2", "id STRING NOT NULL", "first_total INT", "second_total INT")
    files |= files_of("facts", "fact_2", two, FACT_2)
    three = table("fact_3", "id STRING NOT NULL", "note STRING", "shipped INT")
    files |= files_of("facts", "fact_3", three, FACT_3)
    view_1 = "INSERT INTO view_1 SELECT id, total FROM fact_1;\n"
    files |= files_of("views", "view_1", table("view_1", "id STRING NOT NULL", "total INT"), view_1)
    for kinds, name in (("facts", "fact_1"), ("facts", "fact_2"), ("facts", "fact_3"), ("views", "view_1")):
        files |= connector(kinds, name)
    return files


def v1_0_1() -> dict[str, str]:
    """int_3 and fact_3 modified, view32 new, int_1 reformatted."""
    view32 = table("view32", "id STRING NOT NULL", "grand_total INT")
    fill = "INSERT INTO view32 SELECT id, first_total + second_total AS grand_total FROM fact_2;\n"
    return edited(
        v1_0_0() | files_of("views", "view32", view32, fill) | connector("views", "view32"),
        {
            "dml.int_3.sql": ("a.amount + b.amount AS total", "a.amount + 2 * b.amount AS total"),
            "dml.fact_3.sql": ("x.amount AS shipped", "COALESCE(x.amount, 0) AS shipped"),
            "dml.int_1.sql": ("SELECT a.id, a.amount", "-- sums\nselect a.id,\n       a.amount"),
        },
    )


def edited(files: Mapping[str, str], edits: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The files after replacing text in those with these names; every edit must hit."""
    result = dict(files)
    for name, (old, new) in edits.items():
        path = path_of(result, name)
        assert old in result[path], f"{old!r} is not in {path}"
        result[path] = result[path].replace(old, new)
    return result


def path_of(files: Mapping[str, str], name: str) -> str:
    """The path of the only file with that name."""
    (path,) = (path for path in files if path.rpartition("/")[2] == name)
    return path
