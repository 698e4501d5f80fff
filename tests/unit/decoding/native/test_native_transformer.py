"""The native step gives the logits of the torch path, for every kernel that runs here and whatever the sizes."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedConfig, PreTrainedModel

from codex_lsp.decoding.cache import Cached
from codex_lsp.decoding.native import native_transformer as module
from codex_lsp.decoding.native.library import Library
from codex_lsp.decoding.native.native_transformer import NativeTransformer, why_not_native
from codex_lsp.decoding.transformer import Transformer, View
from tests.unit.decoding.tiny import VOCABULARY, llama, qwen2, qwen3, random_model

VARIANTS = ["portable", "avx2", "avx512", "avx512_vnni", "avx512_bf16"]
MOST_TOKENS = 16


@pytest.fixture(autouse=True)
def all_natively(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portable kernels too are shown what is left to torch otherwise."""
    monkeypatch.setattr(module, "MOST_PORTABLE_TOKENS", 32)


SIZES: dict[str, Callable[[], PreTrainedConfig]] = {
    "qwen3": qwen3,
    "qwen3, sizes that fill no panel": lambda: qwen3(
        hidden_size=42, intermediate_size=50, num_attention_heads=3, num_key_value_heads=1, head_dim=10, vocab_size=71
    ),
    "qwen3, odd sizes, not tied": lambda: qwen3(
        hidden_size=33, intermediate_size=37, num_attention_heads=6, head_dim=18, tie_word_embeddings=False
    ),
    "qwen3, large heads": lambda: qwen3(num_attention_heads=6, num_key_value_heads=2, head_dim=64, hidden_size=160),
    "qwen2, biases": qwen2,
    "llama, biases everywhere": lambda: llama(attention_bias=True, mlp_bias=True),
    "llama, scaled": lambda: llama(rope_parameters={"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0}),
}


@cache
def model_of(name: str, dtype: torch.dtype) -> PreTrainedModel:
    return random_model(SIZES[name](), scale=2.0, dtype=dtype).float()


@cache
def torch_path(name: str, dtype: torch.dtype, kept: torch.dtype = torch.float32) -> Transformer:
    return Transformer(model_of(name, dtype), kept=kept)


def native_of(
    name: str,
    library: Library,
    variant: str,
    dtype: torch.dtype,
    *,
    int8: bool = False,
    kept: torch.dtype = torch.float32,
) -> NativeTransformer:
    if variant not in library.variants:
        pytest.skip(f"this processor has no {variant}")
    transformer = torch_path(name, dtype, kept)
    return NativeTransformer(model_of(name, dtype), transformer, library, int8=int8, variant=variant)


def random_view(transformer: Transformer, lengths: list[int], tokens: int, masked: int) -> View:
    """Parts that hold something, and a mask that hides some of the last tokens but never a token itself."""
    shape = transformer.shape
    shared = [shape.empty(length + 3).part(length) for length in lengths[:-1]]
    room = shape.empty(lengths[-1] + tokens + 5)
    for part in (*shared, room):
        part.keys.normal_()
        part.values.normal_()
    hidden = torch.rand((tokens, masked + tokens)) < 0.5
    hidden[:, masked:] |= torch.ones((tokens, tokens), dtype=torch.bool).triu(1)
    hidden[torch.arange(tokens), masked + torch.arange(tokens)] = False
    mask = torch.zeros(hidden.shape).masked_fill_(hidden, -torch.inf)
    return View(shared=shared, room=room, used=lengths[-1], mask=mask)


def copied(view: View) -> View:
    room = Cached(keys=view.room.keys.clone(), values=view.room.values.clone())
    return View(shared=view.shared, room=room, used=view.used, mask=view.mask)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", SIZES)
def test_logits_and_what_is_kept_are_those_of_torch(name: str, variant: str, library: Library) -> None:
    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        dtype = data.draw(st.sampled_from((torch.float32, torch.bfloat16)))
        native, oracle = native_of(name, library, variant, dtype), torch_path(name, dtype)
        torch.manual_seed(data.draw(st.integers(0, 99)))
        tokens = data.draw(st.integers(1, MOST_TOKENS))
        lengths = [*data.draw(st.lists(st.integers(1, 70), max_size=3)), data.draw(st.integers(0, 40))]
        view = random_view(oracle, lengths, tokens, data.draw(st.integers(0, lengths[-1])))
        ids = torch.randint(0, 70, (tokens,))
        positions = torch.randint(0, 200, (tokens,))
        wanted = data.draw(st.sampled_from((None, torch.tensor([tokens - 1]))))
        other = copied(view)
        expected = oracle.forward(ids, positions, view, wanted)
        logits = native.forward(ids, positions, other, wanted)
        assert torch.allclose(logits, expected, atol=2e-4, rtol=1e-4)
        assert torch.allclose(other.room.keys, view.room.keys, atol=1e-4, rtol=1e-4)
        assert torch.allclose(other.room.values, view.room.values, atol=1e-4, rtol=1e-4)

    check()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", SIZES)
def test_keys_and_values_of_16_bits_stay_near(name: str, variant: str, library: Library) -> None:
    @settings(max_examples=6, deadline=None, derandomize=True)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        native = native_of(name, library, variant, torch.float32, kept=torch.bfloat16)
        oracle = torch_path(name, torch.float32, torch.bfloat16)
        torch.manual_seed(data.draw(st.integers(0, 99)))
        tokens = data.draw(st.integers(1, MOST_TOKENS))
        lengths = [*data.draw(st.lists(st.integers(1, 90), max_size=3)), data.draw(st.integers(0, 40))]
        view = random_view(oracle, lengths, tokens, data.draw(st.integers(0, lengths[-1])))
        ids, positions = torch.randint(0, 70, (tokens,)), torch.randint(0, 200, (tokens,))
        other = copied(view)
        expected = oracle.forward(ids, positions, view).log_softmax(-1)
        logits = native.forward(ids, positions, other).log_softmax(-1)
        assert (logits - expected).abs().mean() < 0.02
        assert (logits - expected).abs().max() < 0.3
        for mine, its in ((other.room.keys, view.room.keys), (other.room.values, view.room.values)):
            assert torch.allclose(mine.float(), its.float(), atol=2e-2, rtol=2**-6)

    check()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kept", [torch.float32, torch.bfloat16])
def test_a_row_does_not_depend_on_the_rows_beside_it(variant: str, kept: torch.dtype, library: Library) -> None:
    for int8 in (False, True):
        native = native_of("qwen3, large heads", library, variant, torch.float32, int8=int8, kept=kept)
        view = random_view(torch_path("qwen3, large heads", torch.float32, kept), [50, 20], 16, 0)
        alone = torch.full((16, 16), -torch.inf).fill_diagonal_(0.0)
        ids, positions = torch.randint(0, 70, (16,)), torch.randint(0, 99, (16,))
        together = View(shared=view.shared, room=view.room, used=20, mask=alone)
        logits = native.forward(ids, positions, together)
        for row in range(16):
            # Where its own key lies decides in which order things are summed up.
            single = View(shared=view.shared, room=view.room, used=20 + row, mask=alone[[row], : row + 1])
            assert torch.equal(native.forward(ids[[row]], positions[[row]], single)[0], logits[row])


@pytest.mark.parametrize("variant", VARIANTS)
def test_logits_do_not_depend_on_the_number_of_threads(variant: str, library: Library) -> None:
    if variant not in library.variants:
        pytest.skip(f"this processor has no {variant}")
    # Large enough that matrices are shared out; one group, whose rows are.
    config = qwen3(hidden_size=320, intermediate_size=640, num_attention_heads=3, num_key_value_heads=1, head_dim=64)
    model = random_model(config, scale=2.0)
    for int8, kept in ((False, torch.float32), (True, torch.bfloat16)):
        transformer = Transformer(model, kept=kept)
        several = [
            NativeTransformer(model, transformer, library, int8=int8, variant=variant, threads=threads)
            for threads in (1, 2, 5)
        ]
        for tokens in (1, 4, 13):
            view = random_view(transformer, [30, 20], tokens, 3)
            ids, positions = torch.randint(0, 70, (tokens,)), torch.randint(0, 99, (tokens,))
            alone = several[0].forward(ids, positions, view)
            for native in several[1:]:
                # More often than a helper that comes late, or not at all, could be missed.
                assert all(torch.equal(native.forward(ids, positions, view), alone) for _ in range(20))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", ["qwen3", "qwen2, biases", "qwen3, large heads"])
def test_bytes_stay_near(name: str, variant: str, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTE_PARAMETERS", 1000)
    native = native_of(name, library, variant, torch.float32, int8=True)
    oracle = torch_path(name, torch.float32)
    torch.manual_seed(1)
    view = random_view(oracle, [30, 10], 12, 4)
    ids, positions = torch.randint(0, 70, (12,)), torch.arange(12)
    expected = oracle.forward(ids, positions, copied(view)).log_softmax(-1)
    difference = (native.forward(ids, positions, view).log_softmax(-1) - expected).abs().mean()
    assert 0 < difference < 0.1


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_what_is_no_number_stays_none(variant: str, bad: float, library: Library) -> None:
    for int8, kept in ((False, torch.float32), (True, torch.bfloat16)):
        model = random_model(qwen3(hidden_size=320), scale=2.0)
        layer: Any = model.get_submodule("model.layers.1.mlp.up_proj")
        transformer = Transformer(model, kept=kept)
        with torch.no_grad():
            layer.weight[0] = bad
        if variant not in library.variants:
            pytest.skip(f"this processor has no {variant}")
        native = NativeTransformer(model, transformer, library, int8=int8, variant=variant)
        view = random_view(transformer, [10], 2, 0)
        assert not native.forward(torch.tensor([3, 4]), torch.arange(2), view).isfinite().any()


def test_long_passes_are_left_to_torch(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PORTABLE_TOKENS", 4)
    native = native_of("qwen3", library, "portable", torch.float32)
    oracle = torch_path("qwen3", torch.float32)
    view = random_view(oracle, [10], 5, 0)
    ids, positions = torch.arange(5), torch.arange(5)
    assert torch.equal(native.forward(ids, positions, view), oracle.forward(ids, positions, view))


def test_sizes_that_do_not_fit_are_refused(library: Library) -> None:
    native = native_of("qwen3", library, "portable", torch.float32)
    oracle = torch_path("qwen3", torch.float32)
    view = random_view(oracle, [10, 10], 2, 3)
    ids, positions = torch.tensor([1, 2]), torch.tensor([20, 20])
    room = view.room
    wrong = {
        "full": View(shared=view.shared, room=room.part(11), used=10, mask=view.mask),
        "mask of other tokens": View(shared=view.shared, room=room, used=10, mask=torch.zeros((3, 3))),
        "mask of too many": View(shared=view.shared, room=room, used=10, mask=torch.zeros((2, 13))),
        "another model": View(
            shared=(), room=torch_path("qwen2, biases", torch.float32).shape.empty(0), used=0, mask=view.mask
        ),
        "other numbers": View(
            shared=(), room=Cached(keys=room.keys.double(), values=room.values.double()), used=10, mask=view.mask
        ),
        "other numbers in the mask": View(shared=view.shared, room=room, used=10, mask=view.mask.double()),
    }
    for what in wrong.values():
        with pytest.raises(ValueError, match=r"fit|room|shape"):
            native.forward(ids, positions, what)
    with pytest.raises(ValueError, match="fit"):
        native.forward(ids, positions[:1], view)
    with pytest.raises(ValueError, match="sizes of a pass"):
        native.forward(ids, positions, view, torch.tensor([2]))
    with pytest.raises(IndexError):
        native.forward(torch.tensor([1, VOCABULARY]), positions, view)
    many = [torch_path("qwen3", torch.float32).shape.empty(1)] * 70
    with pytest.raises(ValueError, match="sizes of a pass"):
        native.forward(ids, positions, View(shared=many, room=room, used=10, mask=view.mask))


def test_models_that_are_too_large_are_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model(qwen3())
    assert why_not_native(model) is None
    monkeypatch.setattr(module, "MOST_PARAMETERS", 1000)
    assert "more than" in str(why_not_native(model))
