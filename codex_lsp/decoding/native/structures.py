"""The structures of `step.h`, as ctypes lays them out."""

import ctypes
from ctypes import Structure, c_double, c_int64, c_void_p

PANEL = 16
"""Outputs that lie side by side in a packed matrix."""
FLOATS, HALVES, BYTES = range(3)
"""How weights are kept."""
BYTE_INPUTS = 64
"""Inputs of a matrix of bytes are padded to a multiple of this."""


class Matrix(Structure):
    """Packed weights."""

    _fields_ = (
        ("format", c_int64),
        ("outputs", c_int64),
        ("inputs", c_int64),
        ("weights", c_void_p),
        ("scales", c_void_p),
        ("sums", c_void_p),
        ("bias", c_void_p),
    )


class Layer(Structure):
    """The weights of a layer."""

    _fields_ = (
        ("before_attention", c_void_p),
        ("head_norm", c_void_p),
        ("before_mlp", c_void_p),
        ("into_attention", Matrix),
        ("out_of_attention", Matrix),
        ("into_mlp", Matrix),
        ("out_of_mlp", Matrix),
    )


class Model(Structure):
    """Sizes and weights."""

    _fields_ = (
        ("layers", c_int64),
        ("hidden", c_int64),
        ("inner", c_int64),
        ("heads", c_int64),
        ("groups", c_int64),
        ("width", c_int64),
        ("kept", c_int64),
        ("epsilon", c_double),
        ("query_scale", c_double),
        ("key_scale", c_double),
        ("frequencies", c_void_p),
        ("norm", c_void_p),
        ("layer", ctypes.POINTER(Layer)),
        ("head", Matrix),
    )


class Part(Structure):
    """Keys and values of a run of tokens."""

    _fields_ = (
        ("keys", c_void_p),
        ("values", c_void_p),
        ("layer_stride", c_int64),
        ("group_stride", c_int64),
        ("length", c_int64),
    )


class Pass(Structure):
    """One forward pass."""

    _fields_ = (
        ("tokens", c_int64),
        ("parts", c_int64),
        ("masked", c_int64),
        ("wanted", c_int64),
        ("hidden", c_void_p),
        ("positions", c_void_p),
        ("part", ctypes.POINTER(Part)),
        ("mask", c_void_p),
        ("places", c_void_p),
        ("logits", c_void_p),
        ("scratch", c_void_p),
        ("crew", c_void_p),
    )


class Draw(Structure):
    """One token to choose."""

    _fields_ = (
        ("logits", c_void_p),
        ("vocabulary", c_int64),
        ("allowed", c_void_p),
        ("among", c_int64),
        ("temperature", c_double),
        ("top_p", c_double),
        ("point", c_double),
        ("id", c_int64),
        ("logprob", c_double),
    )


ALL = (Matrix, Layer, Model, Part, Pass, Draw)
"""In the order in which the library tells their sizes."""
