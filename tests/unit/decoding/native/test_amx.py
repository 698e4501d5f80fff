"""`amx.c` over emulated tiles: its sums are those of the other kernels. It has not met a processor with tiles."""

import ctypes
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from codex_lsp.decoding.native import native_transformer as module
from codex_lsp.decoding.native.library import Library
from codex_lsp.decoding.native.native_transformer import NativeTransformer
from codex_lsp.decoding.native.packing import Packed
from codex_lsp.decoding.native.structures import Matrix
from codex_lsp.decoding.transformer import Transformer, View
from codex_lsp.decoding.weights import Linear
from tests.unit.decoding.tiny import qwen3, random_model

MOST_ROWS = 40
_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64


class Kernels(ctypes.Structure):
    """The first entries of `struct kernels`."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("product", ctypes.CFUNCTYPE(None, _POINTER, *[_COUNT] * 2, _POINTER, _COUNT, *[_POINTER] * 2)),
    )


def product(library: Library, variant: str, matrix: Matrix, rows: Tensor) -> Tensor:
    """Rows times a packed matrix, by the kernel of a variant."""
    kernels: Any = ctypes.cast(library.kernels(variant), ctypes.POINTER(Kernels)).contents
    results = torch.empty((len(rows), matrix.outputs))
    scratch = torch.empty(64 * (matrix.inputs + 200), dtype=torch.uint8)
    kernels.product(
        ctypes.addressof(matrix), 0, matrix.outputs, rows.data_ptr(), len(rows), results.data_ptr(), scratch.data_ptr()
    )
    return results


@st.composite
def products(draw: st.DrawFn) -> tuple[Linear, Tensor]:
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    outputs, inputs = draw(st.integers(1, 70)), 4 * draw(st.integers(1, 50))
    weight = torch.randn((outputs, inputs), generator=generator)
    bias = torch.randn(outputs, generator=generator) if draw(st.booleans()) else None
    rows = torch.randn((draw(st.integers(1, MOST_ROWS)), inputs), generator=generator)
    return Linear(weight=weight, bias=bias), rows * draw(st.sampled_from([1e-3, 1.0, 100.0]))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(products())
def test_products_are_those_of_whole_numbers(with_tiles: Library, drawn: tuple[Linear, Tensor]) -> None:
    linear, rows = drawn
    packed = Packed()
    matrix = packed.matrix(linear, int8=True)
    found = product(with_tiles, "amx", matrix, rows)
    # The same rounding, in wider numbers.
    scales = linear.weight.abs().amax(1).clamp(min=1e-12) / 127
    weights = (linear.weight / scales[:, None]).round().double()
    largest = rows.abs().amax(1, keepdim=True).clamp(min=1e-12)
    near = rows.double() @ (weights * scales[:, None]).T + (0 if linear.bias is None else linear.bias)
    bound = (largest.double() / 127) * 0.51 * (weights.abs() * scales[:, None]).sum(1) + 1e-4 * near.abs() + 1e-6
    assert ((found - near).abs() <= bound).all()
    if "avx512_vnni" in with_tiles.variants:
        # Products and sums of one step, or of two, round a value at an edge to another byte, seldom.
        assert (found == product(with_tiles, "avx512_vnni", matrix, rows)).float().mean() > 0.9
    single = torch.cat([product(with_tiles, "amx", matrix, rows[[row]].clone()) for row in range(len(rows))])
    assert torch.equal(found, single)


@pytest.mark.parametrize("tokens", [1, 4, 16, 17, 40])
def test_a_whole_pass_stays_near_the_portable_one(
    tokens: int, with_tiles: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BYTE_PARAMETERS", 1000)
    monkeypatch.setattr(module, "MOST_PORTABLE_TOKENS", 64)
    model = random_model(qwen3(hidden_size=96, head_dim=32), scale=2.0)
    transformer = Transformer(model, kept=torch.bfloat16)
    torch.manual_seed(3)
    room = transformer.shape.empty(100)
    room.keys.normal_()
    room.values.normal_()
    mask = torch.zeros((tokens, tokens)).masked_fill_(
        torch.ones((tokens, tokens), dtype=torch.bool).triu(1), -torch.inf
    )
    ids, positions = torch.randint(0, 500, (tokens,)), torch.arange(tokens) + 30
    assert with_tiles.variants[0] == "amx"
    found = [
        NativeTransformer(model, transformer, with_tiles, int8=True, variant=variant)
        .forward(ids, positions, View(shared=(), room=room, used=30, mask=mask))
        .log_softmax(-1)
        for variant in ("amx", "portable")
    ]
    difference = (found[0] - found[1]).abs().mean()
    assert 0 < difference < 0.1
