"""What Airflow asks a provider package at start: its name and what it brings."""

from typing import Any

_FLINK, _CONNECT, _REGISTRY, _RELEASE = (
    "Apache Flink SQL",
    "Kafka Connect",
    "Schema Registry",
    "Blue/green release",
)


def get_provider_info() -> dict[str, Any]:
    """The provider's description, in the form of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-bluegreen",
        "name": "Blue/green releases of Flink SQL",
        "description": "Blue/green releases of Flink SQL kept in git, statement by statement.",
        "integrations": _integrations(),
        **_modules(),
        "connection-types": _connection_types(),
        "extra-links": [
            "airflow_bluegreen.links.flink_job.FlinkJobLink",
            "airflow_bluegreen.links.pages.CommitLink",
            "airflow_bluegreen.links.pages.ConnectorsLink",
            "airflow_bluegreen.links.report.ReportLink",
        ],
        "cli": ["airflow_bluegreen.plugins.commands.get_bluegreen_commands"],
        "notifications": ["airflow_bluegreen.notifications.release.ReleaseNotifier"],
        "plugins": [
            {
                "name": "bluegreen_report",
                "plugin-class": "airflow_bluegreen.plugins.report.BluegreenReportPlugin",
            }
        ],
        "config": {"bluegreen": {"description": "Blue/green releases of Flink SQL.", "options": _options()}},
    }


def _integrations() -> list[dict[str, Any]]:
    return [
        {"integration-name": _FLINK, "external-doc-url": "https://flink.apache.org/", "tags": ["apache"]},
        {
            "integration-name": _CONNECT,
            "external-doc-url": "https://kafka.apache.org/documentation/#connect",
            "tags": ["apache"],
        },
        {
            "integration-name": _REGISTRY,
            "external-doc-url": "https://docs.confluent.io/platform/current/schema-registry/",
            "tags": ["service"],
        },
        {"integration-name": _RELEASE, "tags": ["software"]},
    ]


def _modules() -> dict[str, Any]:
    operators = (
        "choosing",
        "planning",
        "preparing",
        "deploy",
        "drawing",
        "catch_up",
        "comparing",
        "approval",
        "cut_over",
        "observe",
        "clean_up",
        "roll_back",
        "release_flow",
        "integration",
        "environment",
    )
    return {
        "hooks": [
            _of(_FLINK, "airflow_bluegreen.hooks.flink_sql_gateway"),
            _of(_CONNECT, "airflow_bluegreen.hooks.kafka_connect"),
            _of(_REGISTRY, "airflow_bluegreen.hooks.schema_registry"),
        ],
        "operators": [_of(_RELEASE, *(f"airflow_bluegreen.operators.{name}" for name in operators))],
        "triggers": [
            _of(
                _RELEASE,
                *(
                    f"airflow_bluegreen.triggers.{name}"
                    for name in ("catch_up", "fill", "integration", "observe", "restore", "turn")
                ),
            )
        ],
    }


def _of(integration: str, *modules: str) -> dict[str, Any]:
    return {"integration-name": integration, "python-modules": list(modules)}


def _connection_types() -> list[dict[str, Any]]:
    return [
        {
            "connection-type": "flink_sql_gateway",
            "hook-class-name": "airflow_bluegreen.hooks.flink_sql_gateway.FlinkSqlGatewayHook",
            "hook-name": "Flink SQL Gateway",
            "ui-field-behaviour": _web_form("flink-gateway.example.com", "8083"),
            "conn-fields": {
                "jobmanager_url": {
                    "label": "JobManager URL",
                    "description": "REST address of the JobManager that the gateway submits to, "
                    "such as http://flink-jobmanager:8081",
                    "schema": {"type": "string", "format": "url"},
                },
                "jobmanager_auth": {
                    "label": "JobManager asks for credentials",
                    "description": "Send the user and password, or the token, to the JobManager too",
                    "schema": {"type": ["boolean", "null"]},
                },
                **_web_fields("The gateway's path below the host, where it has one"),
            },
        },
        {
            "connection-type": "kafka_connect",
            "hook-class-name": "airflow_bluegreen.hooks.kafka_connect.KafkaConnectHook",
            "hook-name": "Kafka Connect",
            "ui-field-behaviour": _web_form("connect.example.com", "8083"),
            "conn-fields": _web_fields("The API's path below the host, where it has one"),
        },
        {
            "connection-type": "schema_registry",
            "hook-class-name": "airflow_bluegreen.hooks.schema_registry.SchemaRegistryHook",
            "hook-name": "Schema Registry",
            "ui-field-behaviour": _web_form("registry.example.com", "8081"),
            "conn-fields": _web_fields(
                "The path of the Confluent-compatible API, such as /apis/ccompat/v7 for Apicurio; "
                "empty for Confluent's own registry"
            ),
        },
    ]


def _web_form(host: str, port: str) -> dict[str, Any]:
    return {
        "hidden-fields": ["extra"],
        "relabeling": {"schema": "http or https", "login": "User", "password": "Password or API secret"},
        "placeholders": {"host": host, "port": port, "schema": "http"},
    }


def _web_fields(base_path: str) -> dict[str, Any]:
    return {
        "base_path": _field("Base path", base_path),
        "token": _field(
            "Bearer token", "Sent instead of user and password", {"type": _TEXT, "format": "password"}
        ),
        "ca_file": _field(
            "CA file", "PEM file with the certificates to trust, on every worker; empty for the usual ones"
        ),
        "certificate_file": _field("Client certificate", "PEM file, where the server asks for one"),
        "key_file": _field("Client key", "PEM file; empty where the certificate's file holds the key too"),
        "key_password": _field("Password of the key", "", {"type": _TEXT, "format": "password"}),
        "proxy": _field("Proxy", "The way to the server, such as http://proxy:3128"),
        "timeout": _field(
            "Timeout", "Seconds to wait for an answer; empty for the usual ones", {"type": ["number", "null"]}
        ),
    }


_TEXT = ["string", "null"]


def _field(label: str, description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"description": description} if description else {}
    return {"label": label, **told, "schema": schema or {"type": _TEXT}}


def _options() -> dict[str, Any]:
    return {
        "project": _option(
            "Path of the git clone (or of a folder in it) with the SQL that the example DAGs release.",
            "/srv/pipelines",
        ),
        "environment": _option(
            "The environment of bluegreen.yaml that this Airflow releases to.", "production"
        ),
        "snapshot_path": _option(
            "The file that the release DAG is drawn from. Empty: <project>.snapshot.json in the folder "
            "bluegreen below Airflow's home.",
            "/srv/airflow/retail.snapshot.json",
        ),
        "report_path": _option(
            "Where the reports are kept, which workers write and the API server shows: a folder, or an "
            "address of Airflow's object storage such as s3://aws_default@bucket/reports. Empty: "
            "bluegreen/reports below Airflow's home.",
            "/srv/airflow/reports",
        ),
        "data_docs_path": _option(
            "Folder of the Great Expectations context, with its Data Docs, that workers write. Empty: "
            "bluegreen/data_docs below Airflow's home.",
            "/srv/airflow/data_docs",
        ),
        "rollback_dag": _option(
            "The DAG that the page of an environment leads to for a rollback; {environment} stands for the "
            "environment's name.",
            "rollback_{environment}",
            default="bluegreen_rollback",
        ),
        "site": _option(
            "Import path of a function (project, environment, ref) that opens the environment, for "
            "installations that do not keep their endpoints in Airflow's connections. Empty: from the "
            "connections that the environment names in bluegreen.yaml.",
            "my_company.bluegreen.open_site",
        ),
        "deferrable": _option(
            "Whether the release DAG waits for green tables in the triggerer (True) or in workers (False), "
            "which is quicker where the waits are short.",
            "False",
            default="True",
        ),
        "poll_interval": _option(
            "Seconds between two looks at a green table that catches up.", "30", default="5.0"
        ),
    }


def _option(description: str, example: str, default: str = "") -> dict[str, Any]:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": "string",
        "example": example,
        "default": default,
    }
