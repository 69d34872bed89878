"""What is done with every record that librdkafka hands over, compiled: hash it, or find out if it is wanted.

Needs numba (``airflow-bluegreen[fast]``); :mod:`airflow_bluegreen.clients.native_reader` does without.
Written for numba, so plainly: integers, addresses, no objects. A record is read where librdkafka has it and
written as an :data:`~airflow_bluegreen.core.comparison.hashed.ENTRY`; nothing of Python is touched, so that
the interpreter's lock need not be held.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import cfunc, njit, types
from numba.extending import intrinsic

# What the callback is told and tells, by its place in an array of 64-bit integers.
COUNT, CAPACITY, ENTRIES = 0, 1, 2
"""Entries written, how many fit, where they go."""
FIRSTS, STOPS, DONE, PARTITIONS = 3, 4, 5, 6
"""By partition: the first offset wanted, the one to stop before, whether it is done; how many there are."""
RECORDS, TOMBSTONES, NULL_KEYS, SIZE = 7, 8, 9, 10
KEYED, KEY_FRAMED, VALUE_FRAMED = 11, 12, 13
ERROR = 14
TIMESTAMP, YIELD, CLIENT = 15, 16, 17
"""Addresses of librdkafka's functions, and of its client."""
KEEP, ALL, BELOW, WANTED, WANTED_COUNT = 18, 19, 20, 21, 22
"""The function for a record that was asked for again (0: all are hashed); by which hashes it is chosen."""
NEXT = 23
"""By partition: the offset after the last record that was taken."""
ASKED = 24
"""For how many records the function was called."""
CONTEXT_LENGTH = 25

_PARTITION_EOF = -191
_ENTRY_BYTES = 30
_P1, _P2, _P3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_P4, _P5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)


def _loader(bits: int, signed: bool) -> Any:
    """Reads an integer from any address, aligned or not."""
    result = types.int64 if signed else types.uint64

    def load(_typing: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            kind = ir.IntType(bits)
            value = builder.load(builder.inttoptr(args[0], kind.as_pointer()), align=1)
            if bits == 64:
                return value
            return (builder.sext if signed else builder.zext)(value, ir.IntType(64))

        return result(types.int64), generate

    return intrinsic(load)


def _storer(bits: int) -> Any:
    """Writes the low bits of an integer to any address."""

    def store(_typing: Any, _address: Any, _value: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            kind = ir.IntType(bits)
            value = args[1] if bits == 64 else builder.trunc(args[1], kind)
            builder.store(value, builder.inttoptr(args[0], kind.as_pointer()), align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    return intrinsic(store)


def _call(_typing: Any, _function: Any, _argument: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        word = ir.IntType(64)
        function = builder.inttoptr(args[0], ir.FunctionType(word, [word, word]).as_pointer())
        return builder.call(function, [args[1], ir.Constant(word, 0)])

    return types.int64(types.int64, types.int64), generate


_call2: Any = intrinsic(_call)
"""Calls a C function by its address, with an address and a null pointer."""
_u64, _u32, _u8 = _loader(64, False), _loader(32, False), _loader(8, False)
_i64, _i32 = _loader(64, True), _loader(32, True)
_put64, _put32, _put16 = _storer(64), _storer(32), _storer(16)


def _rotated_source(value: Any, by: Any) -> Any:
    return (value << np.uint64(by)) | (value >> np.uint64(64 - by))


_rotated = njit(_rotated_source)


def _round_source(lane: Any, word: Any) -> Any:
    return _rotated(lane + word * _P2, 31) * _P1


_round = njit(_round_source)


def _merged_source(hashed: Any, lane: Any) -> Any:
    return (hashed ^ _round(np.uint64(0), lane)) * _P1 + _P4


_merged = njit(_merged_source)


def _stripes_source(at: Any, end: Any) -> Any:
    """The four lanes over all whole stripes of 32 bytes, merged."""
    one, two = _P1 + _P2, _P2
    three, four = np.uint64(0), np.uint64(0) - _P1
    while at <= end - 32:
        one = _round(one, _u64(at))
        two = _round(two, _u64(at + 8))
        three = _round(three, _u64(at + 16))
        four = _round(four, _u64(at + 24))
        at += 32
    hashed = _rotated(one, 1) + _rotated(two, 7) + _rotated(three, 12) + _rotated(four, 18)
    return _merged(_merged(_merged(_merged(hashed, one), two), three), four)


_stripes = njit(_stripes_source)


def _xxh64_source(at: Any, length: Any) -> Any:
    """XXH64 with seed 0 of the bytes at an address (the algorithm: github.com/Cyan4973/xxHash, doc)."""
    end = at + length
    if length >= 32:
        hashed = _stripes(at, end)
        at += length // 32 * 32
    else:
        hashed = _P5
    hashed += np.uint64(length)
    while at + 8 <= end:
        hashed = _rotated(hashed ^ _round(np.uint64(0), _u64(at)), 27) * _P1 + _P4
        at += 8
    if at + 4 <= end:
        hashed = _rotated(hashed ^ (_u32(at) * _P1), 23) * _P2 + _P3
        at += 4
    while at < end:
        hashed = _rotated(hashed ^ (_u8(at) * _P5), 11) * _P1
        at += 1
    hashed = (hashed ^ (hashed >> np.uint64(33))) * _P2
    hashed = (hashed ^ (hashed >> np.uint64(29))) * _P3
    return hashed ^ (hashed >> np.uint64(32))


_xxh64 = njit(_xxh64_source)


def _digest_source(at: Any, length: Any, framed: Any) -> Any:
    """As ``bytes_digest`` and ``whole_digest``: without the registry's header where there is one, never 0."""
    if framed != 0 and length >= 5 and _u8(at) == np.uint64(0):
        at += 5
        length -= 5
    hashed = _xxh64(at, length)
    return hashed if hashed != np.uint64(0) else np.uint64(1)


_digest = njit(_digest_source)


def _word_source(context: Any, number: Any) -> Any:
    return _i64(context + 8 * number)


_word = njit(_word_source)


def _add_source(context: Any, number: Any, more: Any) -> Any:
    _put64(context + 8 * number, _i64(context + 8 * number) + more)


_add = njit(_add_source)


def _wanted_source(context: Any, hashed: Any) -> Any:
    """Whether a hash is chosen: all are, those below a limit, and those in a sorted array."""
    if _word(context, ALL) != 0 or hashed < np.uint64(_word(context, BELOW)):
        return True
    keys, low, high = _word(context, WANTED), np.int64(0), _word(context, WANTED_COUNT)
    end = high
    while low < high:
        middle = (low + high) >> 1
        if _u64(keys + 8 * middle) < hashed:
            low = middle + 1
        else:
            high = middle
    return low < end and _u64(keys + 8 * low) == hashed


_wanted = njit(_wanted_source)


def _place_source(context: Any, message: Any) -> Any:
    """Whether the message is a record that is wanted by its offset; ends and errors are noted."""
    error, partition = _i32(message), _i32(message + 16)
    if partition < 0 or partition >= _word(context, PARTITIONS):
        if error != 0:
            _put64(context + 8 * ERROR, error)
        return False
    done = _word(context, DONE) + 8 * partition
    if error == _PARTITION_EOF:
        _put64(done, 1)
    elif error != 0:
        _put64(context + 8 * ERROR, error)
    if error != 0:
        return False
    offset, stop = _i64(message + 56), _i64(_word(context, STOPS) + 8 * partition)
    if offset >= stop - 1:
        _put64(done, 1)
    if _i64(_word(context, FIRSTS) + 8 * partition) <= offset < stop:
        _put64(_word(context, NEXT) + 8 * partition, offset + 1)
        return True
    return False


_place = njit(_place_source)


def _write_source(context: Any, message: Any, key: Any, value: Any) -> Any:
    """Write an entry; when there is no room for another one, let librdkafka stop for now."""
    count = _word(context, COUNT)
    entry = _word(context, ENTRIES) + count * _ENTRY_BYTES
    stamp = _call2(_word(context, TIMESTAMP), message)
    _put64(entry, np.int64(key))
    _put64(entry + 8, np.int64(value))
    _put64(entry + 16, (_i32(message + 16) << 48) | _i64(message + 56))
    _put32(entry + 24, stamp)
    _put16(entry + 28, stamp >> 32)
    _put64(context, count + 1)
    if count + 1 >= _word(context, CAPACITY):
        _call2(_word(context, YIELD), _word(context, CLIENT))


_write = njit(_write_source)


def _hash_source(context: Any, message: Any) -> Any:
    payload, length = _i64(message + 24), _i64(message + 32)
    key, key_length = _i64(message + 40), _i64(message + 48)
    _add(context, RECORDS, 1)
    _add(context, SIZE, length + key_length)
    keyed, framed = _word(context, KEYED), _word(context, VALUE_FRAMED)
    if keyed != 0 and key == 0:
        _add(context, NULL_KEYS, 1)
        return
    if payload == 0:
        _add(context, TOMBSTONES, 1)
        if keyed == 0:
            return
    value = np.uint64(0) if payload == 0 else _digest(payload, length, framed)
    if keyed == 0:
        _write(context, message, value, np.uint64(1))
    else:
        _write(context, message, _digest(key, key_length, _word(context, KEY_FRAMED)), value)


_hash = njit(_hash_source)


def _keep_source(context: Any, message: Any) -> Any:
    if _word(context, KEYED) != 0:
        at, length, framed = _i64(message + 40), _i64(message + 48), _word(context, KEY_FRAMED)
    else:
        at, length, framed = _i64(message + 24), _i64(message + 32), _word(context, VALUE_FRAMED)
    _add(context, RECORDS, 1)
    _add(context, SIZE, _i64(message + 32) + _i64(message + 48))
    if at != 0 and _wanted(context, _digest(at, length, framed)):
        _add(context, ASKED, 1)
        _call2(_word(context, KEEP), message)


_keep = njit(_keep_source)


def _take_source(message: Any, context: Any) -> None:
    """librdkafka's ``consume_cb``: a message at an address, and the address of the context."""
    if _place(context, message):
        if _word(context, KEEP) != 0:
            _keep(context, message)
        else:
            _hash(context, message)


def _compiled(source: Any, signature: Any) -> Any:
    """Machine code that is kept in a cache, where there is a folder for one and room in it."""
    try:
        return cfunc(signature, cache=True)(source)
    except (RuntimeError, OSError):
        return cfunc(signature)(source)


TAKE: int = _compiled(_take_source, types.void(types.int64, types.int64)).address
"""The address of the compiled callback."""
