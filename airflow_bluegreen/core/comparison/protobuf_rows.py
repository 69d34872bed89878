"""Protobuf messages behind the registry's header as rows."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message


class ProtobufReader:
    """Reads what was written with one schema.

    :param descriptors: a serialised ``FileDescriptorSet``, the schema itself last.
    """

    def __init__(self, descriptors: bytes) -> None:
        # Imported late: it takes 50 ms, and few topics hold Protobuf.
        from google.protobuf import descriptor_pb2, descriptor_pool

        self._files = descriptor_pb2.FileDescriptorSet.FromString(descriptors)
        self._pool = descriptor_pool.DescriptorPool()
        for file in self._files.file:
            self._pool.Add(file)
        self._classes: dict[tuple[int, ...], type[Message]] = {}

    def fields(self, payload: bytes) -> tuple[tuple[int, str, int], ...]:
        """Number, name and type of each field of the message, by number: what its bytes depend on."""
        described = self._class(_indexes(payload)[0]).DESCRIPTOR
        return tuple(sorted((one.number, one.name, one.type) for one in described.fields))

    def read(self, payload: bytes) -> dict[str, Any]:
        """Fields by name; an optional field that is not there is None.

        Raises ValueError where the payload is no such message.
        """
        from google.protobuf.message import DecodeError

        indexes, start = _indexes(payload)
        try:
            return _row(self._class(indexes).FromString(payload[start:]))
        except DecodeError as error:
            raise ValueError(str(error)) from error

    def _class(self, indexes: tuple[int, ...]) -> "type[Message]":
        """The class of the message that the indexes lead to: the first is of the file, the next within it."""
        from google.protobuf import message_factory

        if indexes not in self._classes:
            described = self._files.file[-1].message_type[indexes[0]]
            name = described.name
            for index in indexes[1:]:
                described = described.nested_type[index]
                name = f"{name}.{described.name}"
            package = self._files.file[-1].package
            full = f"{package}.{name}" if package else name
            self._classes[indexes] = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(full))
        return self._classes[indexes]


def _indexes(payload: bytes) -> tuple[tuple[int, ...], int]:
    """Which message of the file it is, and where it begins.

    The path is its length and that many numbers, as zigzag varints; the first message's is a single 0.
    Source: Confluent's description of the wire format.
    """
    count, at = _varint(payload, 0)
    if count == 0:
        return (0,), at
    path = []
    for _ in range(count):
        index, at = _varint(payload, at)
        path.append(index)
    return tuple(path), at


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = payload[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def _row(message: "Message") -> dict[str, Any]:
    return {field.name: _field(message, field) for field in message.DESCRIPTOR.fields}


def _field(message: "Message", field: Any) -> Any:
    if field.is_repeated:
        return _repeated(getattr(message, field.name), field)
    if field.has_presence and not message.HasField(field.name):
        return None
    return _single(getattr(message, field.name), field)


def _repeated(values: Any, field: Any) -> Any:
    described = field.message_type
    if described is not None and described.GetOptions().map_entry:
        value = described.fields_by_name["value"]
        return {str(key): _single(values[key], value) for key in values}
    return [_single(one, field) for one in values]


def _single(value: Any, field: Any) -> Any:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else int(value)
    if field.message_type is None:
        return value
    name = field.message_type.full_name
    if name == "google.protobuf.Timestamp":
        from datetime import UTC

        return value.ToDatetime(UTC)
    if name.startswith("google.protobuf.") and name.endswith("Value") and "value" in _names(field):
        return value.value
    if name == "google.type.Date":
        from datetime import date

        return date(value.year, value.month, value.day)
    return _row(value)


def _names(field: Any) -> set[str]:
    return set(field.message_type.fields_by_name)
