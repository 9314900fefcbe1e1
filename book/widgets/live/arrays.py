"""Plain data with arrays in them as JSON, to the last bit."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

ARRAY = "array"  # the key that marks one


def is_plain(value: Any) -> bool:
    """Whether `value` is None, a number, text, an array of numbers, or a list, tuple or dict of such."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return True
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fiub"
    if isinstance(value, Mapping):
        return type(value) is dict and all(isinstance(key, str) and is_plain(v) for key, v in value.items())
    return type(value) in (list, tuple) and all(map(is_plain, value))


def encode(value: Any) -> Any:
    """Plain data as JSON. What JSON has no word for is a dict of one key: arrays, tuples, infinities."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        little = array.astype(array.dtype.newbyteorder("<"), order="C")
        packed = zlib.compress(little.tobytes(), 9)
        return {ARRAY: [little.dtype.str, list(array.shape), base64.b64encode(packed).decode("ascii")]}
    if isinstance(value, dict):
        return {"dict": {key: encode(entry) for key, entry in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [encode(entry) for entry in value]}
    if isinstance(value, list):
        return [encode(entry) for entry in value]
    if isinstance(value, float):
        return {"float": value.hex()}
    return value


def decode(value: Any) -> Any:
    """What `encode` was given."""
    if isinstance(value, list):
        return [decode(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == ARRAY:
        dtype, shape, packed = content
        return np.frombuffer(zlib.decompress(base64.b64decode(packed)), dtype).reshape(shape).copy()
    if kind == "dict":
        return {key: decode(entry) for key, entry in content.items()}
    return tuple(map(decode, content)) if kind == "tuple" else float.fromhex(content)
