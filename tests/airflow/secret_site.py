"""An environment whose connections are full of secrets; behind them is the fake cluster."""

import json
from dataclasses import replace

from airflow_bluegreen.core.model import LakeSettings, Profile
from airflow_bluegreen.hooks.platform import Site, endpoints_from_connections
from tests.airflow import shared_cluster

SECRET = "zz-"
"""What every secret begins with."""

_WEB = ("flink_sql_gateway", "kafka_connect", "schema_registry")
_KAFKA = {
    "bootstrap.servers": "kafka:9092",
    "sasl.username": "me",
    "sasl.password": "zz-sasl",
    "sasl.oauthbearer.config": "zz-oauth",
    "ssl.key.pem": "zz-pem",
    "ssl.key.password": "zz-pem-password",
}


def secret_connections() -> dict[str, str]:
    """Airflow's environment variables for connections that use all that can be secret in one."""
    found = {}
    for kind in _WEB:
        extra = {
            "token": f"zz-token-{kind}",
            "key_password": f"zz-key-{kind}",
            "proxy": f"http://me:zz-proxy-{kind}@proxy:3128",
            "jobmanager_url": "http://jobmanager:8081",
            "jobmanager_auth": True,
        }
        fields = {
            "conn_type": kind,
            "host": kind,
            "login": "me",
            "password": f"zz-password-{kind}",
            "extra": extra,
        }
        conn_id = "flink_gateway" if kind == "flink_sql_gateway" else kind
        found[f"{conn_id}_default"] = fields
    found["kafka_default"] = {"conn_type": "kafka", "extra": _KAFKA}
    lake = {"sqlalchemy_url": "postgresql://me:zz-lake@db/lake"}
    found["lake_default"] = {"conn_type": "generic", "extra": lake}
    return {f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(fields) for conn_id, fields in found.items()}


def open_site(project: str, environment: str, ref: str) -> Site:
    """For ``[bluegreen] site``."""
    site = shared_cluster.open_site(project, environment, ref)
    known = endpoints_from_connections(replace(site.profile, lake=LakeSettings()))
    endpoints = replace(
        site.platform.endpoints,
        kafka=known.kafka,
        lake_url=known.lake_url,
        gateway_auth=known.gateway_auth,
        flink_auth=known.flink_auth,
        connect_auth=known.connect_auth,
        registry_auth=known.registry_auth,
    )
    return Site(platform=replace(site.platform, endpoints=endpoints), profile=site.profile)


def all_secrets() -> list[str]:
    """The secrets, read as a task reads them."""
    endpoints = endpoints_from_connections(Profile(name="local", lake=LakeSettings()))
    accesses = (endpoints.gateway_auth, endpoints.connect_auth, endpoints.registry_auth)
    found = [endpoints.lake_url, *endpoints.kafka.values()]
    for access in accesses:
        assert access is not None
        found += [access.password, access.token, access.key_password, access.proxy]
    return [text for text in found if SECRET in text]
