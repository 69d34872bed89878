"""A project of two tables over one raw topic: ``ev`` keeps no state, ``agg`` has one row a key."""

from collections.abc import Mapping

EV = "SELECT k, v, id FROM came"
AGG = "SELECT k, COUNT(*) AS n, SUM(v) AS total FROM came GROUP BY k"


def files(
    start: str = "rebuild",
    *,
    ev: str = EV,
    agg: str = AGG,
    more: str = "",
    prefix: str = "",
    rows: str = "json-registry",
    subtasks: int = 1,
) -> Mapping[str, str]:
    """The project's files.

    :param start: the section ``start`` of bluegreen.yaml.
    :param more: a further setting of agg's topic, so that a release finds it changed.
    :param prefix: of the names of topics, for servers that others use too.
    :param rows: the format of ev's rows.
    :param subtasks: how many of each job read, and how many write.
    """
    options = {"properties.bootstrap.servers": "{kafka.bootstrap.servers}"}
    if rows == "avro-registry":
        options["value.avro-confluent.url"] = "{schema.registry.url}"
    if subtasks > 1:
        options |= dict.fromkeys(("scan.parallelism", "sink.parallelism"), str(subtasks))
    written = "".join(f'      {name}: "{value}"\n' for name, value in options.items())
    local = "environments/local/external"
    topic = f", 'topic' = '{prefix}raw'"
    settings = f", 'kafka.max-message-size' = '{more}'" if more else ""
    return {
        "bluegreen.yaml": (
            "project: small\n"
            f"start: {start}\n"
            "environments:\n"
            "  local:\n"
            f"    external_tables: {local}/*.sql\n"
            f"    table_options:\n{written}"
        ),
        f"{local}/ddl.came.sql": (
            "CREATE TABLE came (k STRING, v BIGINT, id BIGINT)"
            f" WITH ('changelog.mode' = 'append', 'value.format' = 'json-registry'{topic});\n"
        ),
        "ddl.ev.sql": (
            f"CREATE TABLE {prefix}ev (k STRING, v BIGINT, id BIGINT) WITH ('value.format' = '{rows}');\n"
        ),
        "dml.ev.sql": f"INSERT INTO {prefix}ev {ev};\n",
        "ddl.agg.sql": (
            f"CREATE TABLE {prefix}agg (k STRING NOT NULL, n BIGINT, total BIGINT,"
            " PRIMARY KEY (k) NOT ENFORCED)"
            f" WITH ('key.format' = 'json-registry', 'value.format' = 'json-registry'{settings});\n"
        ),
        "dml.agg.sql": f"INSERT INTO {prefix}agg {agg};\n",
    }
