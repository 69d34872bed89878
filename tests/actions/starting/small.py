"""A project of two tables over one raw topic: ``ev`` keeps no state, ``agg`` has one row a key."""

from collections.abc import Mapping

EV = "SELECT k, v, id FROM came"
AGG = "SELECT k, COUNT(*) AS n, SUM(v) AS total FROM came GROUP BY k"


def files(
    start: str = "rebuild", *, ev: str = EV, agg: str = AGG, more: str = "", prefix: str = ""
) -> Mapping[str, str]:
    """The project's files.

    :param start: the section ``start`` of bluegreen.yaml.
    :param more: a further setting of agg's topic, so that a release finds it changed.
    :param prefix: of the names of topics, for servers that others use too.
    """
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
            "    table_options:\n"
            '      properties.bootstrap.servers: "{kafka.bootstrap.servers}"\n'
        ),
        f"{local}/ddl.came.sql": (
            "CREATE TABLE came (k STRING, v BIGINT, id BIGINT)"
            f" WITH ('changelog.mode' = 'append', 'value.format' = 'json-registry'{topic});\n"
        ),
        "ddl.ev.sql": (
            f"CREATE TABLE {prefix}ev (k STRING, v BIGINT, id BIGINT)"
            " WITH ('value.format' = 'json-registry');\n"
        ),
        "dml.ev.sql": f"INSERT INTO {prefix}ev {ev};\n",
        "ddl.agg.sql": (
            f"CREATE TABLE {prefix}agg (k STRING NOT NULL, n BIGINT, total BIGINT,"
            " PRIMARY KEY (k) NOT ENFORCED)"
            f" WITH ('key.format' = 'json-registry', 'value.format' = 'json-registry'{settings});\n"
        ),
        "dml.agg.sql": f"INSERT INTO {prefix}agg {agg};\n",
    }
