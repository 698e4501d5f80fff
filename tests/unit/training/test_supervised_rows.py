from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.training.loss import IGNORED, cross_entropy
from codex_lsp.training.network import Network, NetworkConfig
from codex_lsp.training.rows import RowTokens
from codex_lsp.training.supervised_layout import Exchange, Member, exchange
from codex_lsp.training.supervised_rows import LENGTH_STEP, Example, aligned, encoder, grouped, shape_of
from codex_lsp.training.tokenizer import END_OF_TEXT, load_tokenizer, special_id
from tests.unit.training.exercises import PROBLEMS
from tests.unit.training.packages import Material

PADDING = 4
TOKENS = RowTokens(padding=PADDING, separator=6)
CONFIG = NetworkConfig(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
    head_dim=16,
    max_position_embeddings=256,
)
ordinary = st.integers(8, 63)
examples = st.builds(
    Example,
    shown=st.lists(ordinary, min_size=1, max_size=60).map(tuple),
    answer=st.lists(ordinary, min_size=1, max_size=50).map(tuple),
)


@given(batch=st.lists(examples, min_size=1, max_size=4))
def test_answers_line_up_and_alone_are_predicted(batch: list[Example]) -> None:
    found = aligned(batch, 4, 256, TOKENS)
    seam = found.first + 1
    assert found.ids.shape[0] == found.targets.shape[0] == 4
    assert found.ids.shape[1] % LENGTH_STEP == 0
    for row, example in enumerate(batch):
        answer = list(example.answer)
        assert found.ids[row, seam : seam + len(answer)].tolist() == answer
        assert found.ids[row, seam - len(example.shown) : seam].tolist() == list(example.shown)
        assert (found.ids[row, : seam - len(example.shown)] == PADDING).all()
        assert found.targets[row].tolist() == [*answer, *[IGNORED] * (found.targets.shape[1] - len(answer))]
    assert (found.targets[len(batch) :] == IGNORED).all()


@settings(max_examples=20)
@given(batch=st.lists(examples, min_size=1, max_size=3))
def test_a_row_filled_up_on_its_left_is_read_as_if_it_was_not(batch: list[Example]) -> None:
    torch.manual_seed(0)
    network = Network(CONFIG)
    found = aligned(batch, len(batch), 256, TOKENS)
    with torch.no_grad():
        together = network.logits(found.ids, padding=PADDING)
        for row, example in enumerate(batch):
            alone = network.logits(torch.tensor([[*example.shown, *example.answer]]))[0]
            start = found.first + 1 - len(example.shown)
            torch.testing.assert_close(together[row, start : start + len(alone)], alone, atol=1e-5, rtol=1e-4)


@settings(max_examples=20)
@given(example=examples, other=st.lists(ordinary, min_size=1, max_size=60).map(tuple))
def test_no_token_that_is_shown_has_to_be_predicted(example: Example, other: tuple[int, ...]) -> None:
    batch = aligned([example], 1, 256, TOKENS)
    torch.manual_seed(0)
    hidden = torch.randn(batch.ids.shape[1], 8, requires_grad=True)
    columns = slice(batch.first, batch.first + batch.targets.shape[1])
    cross_entropy(hidden[columns], torch.randn(64, 8), batch.targets.flatten()).backward()  # type: ignore[no-untyped-call]
    assert hidden.grad is not None
    learned = hidden.grad.abs().sum(dim=1).nonzero().flatten().tolist()
    assert learned == list(range(batch.first, batch.first + len(example.answer)))
    # What is shown decides only what the answer is conditioned on.
    assert torch.equal(batch.targets, aligned([Example(shown=other, answer=example.answer)], 1, 256, TOKENS).targets)


@given(many=st.lists(examples, min_size=1, max_size=60), seed=st.integers(0, 9))
def test_every_example_is_in_one_batch(many: list[Example], seed: int) -> None:
    batches = list(grouped(many, 4, 256, Random(seed)))
    assert sorted((e.shown, e.answer) for batch in batches for e in batch) == sorted((e.shown, e.answer) for e in many)
    assert all(len(batch) <= 4 and shape_of(batch, 256) is not None for batch in batches)
    assert batches == list(grouped(many, 4, 256, Random(seed)))


def test_what_is_too_long_has_no_shape() -> None:
    assert shape_of([Example(shown=(9,) * 250, answer=(9,))], 256) is None
    with pytest.raises(ValueError, match="do not fit"):
        aligned([Example(shown=(9,) * 250, answer=(9,))], 1, 256, TOKENS)


@pytest.mark.parametrize("member", list(Member))
def test_a_problem_in_tokens_is_its_text_and_an_end(material: Material, member: Member) -> None:
    tokenizer = load_tokenizer(material.tokenizer)
    encode = encoder(tokenizer)
    end = special_id(tokenizer, END_OF_TEXT)
    for problem in PROBLEMS[:4]:
        pair = exchange(problem, member)
        assert pair is not None
        example = encode(pair)
        assert example.answer[-1] == end
        assert tokenizer.decode(list(example.shown), skip_special_tokens=False) == pair.shown
        assert tokenizer.decode(list(example.answer[:-1]), skip_special_tokens=False) == pair.answer


def test_a_token_over_the_seam_belongs_to_the_answer(material: Material) -> None:
    tokenizer = load_tokenizer(material.tokenizer)
    whole = Exchange(shown="    ret", answer="urn self\n")
    example = encoder(tokenizer)(whole)
    ids = [*example.shown, *example.answer[:-1]]
    assert ids == tokenizer.encode("    return self\n").ids
    assert tokenizer.decode(ids) == "    return self\n"
    assert len(tokenizer.decode(list(example.shown))) <= len(whole.shown)
