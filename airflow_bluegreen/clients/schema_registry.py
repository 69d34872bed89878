"""A schema registry with Confluent's API: Confluent's own, or Apicurio's ``/ccompat/v7``."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from airflow_bluegreen.clients.http import HttpServer
from airflow_bluegreen.core.model import RegisteredSchema, ServerAccess, WrittenSchema
from airflow_bluegreen.exceptions import ConfigurationError, OutcomeUnknownError, TransientError


class SchemaRegistry:
    """Implements ``ports.Schemas``.

    :param url: base URL, to which ``/subjects`` is appended.
    :param auth: how it is entered; None where everybody may.
    """

    def __init__(
        self, url: str, auth: ServerAccess | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._server = HttpServer("Schema registry", url, auth=auth, transport=transport)
        self._schemas: dict[int, Mapping[str, Any]] = {}
        self._written: dict[int, WrittenSchema] = {}

    def close(self) -> None:
        self._server.close()

    def latest(self, subject: str) -> RegisteredSchema | None:
        """The newest version of a subject; None where the subject does not exist or was deleted."""
        response = self._server.read(f"{_path(subject)}/versions/latest")
        if response.status_code == 404:
            return None
        return _registered(self._answer(response, f"subject {subject}"))

    def versions(self, subject: str) -> tuple[RegisteredSchema, ...]:
        """Every version of a subject that was not deleted, oldest first; none where there is no subject."""
        path = f"{_path(subject)}/versions"
        response = self._server.read(path)
        if response.status_code == 404:
            return ()
        numbers = sorted(int(number) for number in self._answer(response, f"subject {subject}"))
        return tuple(
            _registered(self._answer(self._server.read(f"{path}/{number}"), f"subject {subject} v{number}"))
            for number in numbers
        )

    def by_id(self, schema_id: int) -> str:
        """The schema text of a global id. Cached, as an id never means another schema."""
        return str(self._by_id(schema_id)["schema"])

    def written(self, schema_id: int) -> WrittenSchema:
        """The schema of a global id with its type, Protobuf as descriptors. Cached like the text.

        Raises ConfigurationError for an unknown id, for Protobuf also where it cannot be compiled.
        """
        if schema_id not in self._written:
            body = self._by_id(schema_id)
            kind, text = body.get("schemaType") or "AVRO", str(body["schema"])
            compiled = b""
            if kind == "PROTOBUF":
                # Imported late: most environments have no Protobuf, and it takes a compiler.
                from airflow_bluegreen.clients.protobuf import descriptors

                compiled = descriptors(text, self._imports(body, {}), f"schema {schema_id}")
            self._written[schema_id] = WrittenSchema(type=kind, text=text, descriptors=compiled)
        return self._written[schema_id]

    def _by_id(self, schema_id: int) -> Mapping[str, Any]:
        if schema_id not in self._schemas:
            response = self._server.read(f"/schemas/ids/{schema_id}")
            self._schemas[schema_id] = self._answer(response, f"schema {schema_id}")
        return self._schemas[schema_id]

    def _imports(self, body: Mapping[str, Any], found: dict[str, str]) -> dict[str, str]:
        """Import path → text of everything that a schema refers to, at any depth."""
        for one in body.get("references") or ():
            if one["name"] not in found:
                path = f"{_path(one['subject'])}/versions/{one['version']}"
                referred = self._answer(self._server.read(path), f"subject {one['subject']}")
                found[one["name"]] = str(referred["schema"])
                self._imports(referred, found)
        return found

    def is_compatible(self, subject: str, schema: str, schema_type: str = "AVRO") -> bool:
        """Whether a schema may follow the subject's latest version under the level set for the subject.

        True where the subject does not exist, which is asked first: registries answer differently for those.
        Raises ConfigurationError if the schema is not a schema.
        """
        if self.latest(subject) is None:
            return True
        path = f"/compatibility{_path(subject)}/versions/latest"
        body = {"schema": schema, "schemaType": schema_type}
        response = self._server.read(path, method="POST", json=body)
        return bool(self._answer(response, f"compatibility with subject {subject}")["is_compatible"])

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """The subject's version for that schema, made unless it is there; asking twice makes one.

        Raises ConfigurationError if the registry refuses the schema, TransientError if it did not answer.
        """
        body = {"schema": schema, "schemaType": schema_type}
        what = f"registering subject {subject}"
        try:
            self._answer(self._server.write("POST", f"{_path(subject)}/versions", json=body), what)
        except OutcomeUnknownError as error:
            raise TransientError(error.what) from error
        return _registered(self._answer(self._server.read(_path(subject), method="POST", json=body), what))

    def delete_subject(self, subject: str) -> None:
        """Delete all versions for good (softly first, as registries ask for); an absent subject is fine."""
        for params in ({}, {"permanent": "true"}):
            try:
                response = self._server.write("DELETE", _path(subject), params=params)
            except OutcomeUnknownError as error:
                raise TransientError(error.what) from error
            if response.status_code != 404:
                self._answer(response, f"deleting subject {subject}")

    def _answer(self, response: httpx.Response, what: str) -> Any:
        if response.is_success:
            return response.json()
        try:
            body = response.json()
            reason = body.get("message") or body.get("title") or str(body)
        except (ValueError, AttributeError):
            reason = response.text[:200] or "no reason given"
        message = f"{what}: {reason} ({response.status_code})"
        if response.is_server_error:
            raise TransientError(f"{self._server.name}: {message}")
        raise ConfigurationError(f"{self._server.name}: {message}")


def _registered(body: Mapping[str, Any]) -> RegisteredSchema:
    return RegisteredSchema(
        subject=body["subject"],
        version=int(body["version"]),
        schema_id=int(body["id"]),
        type=body.get("schemaType") or "AVRO",
        schema=body["schema"],
    )


def _path(subject: str) -> str:
    return f"/subjects/{quote(subject, safe='')}"
