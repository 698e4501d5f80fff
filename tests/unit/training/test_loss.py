import pytest
import torch
from torch.nn import functional

from codex_lsp.training.loss import CHUNK_TOKENS, IGNORED, cross_entropy, next_tokens


@pytest.mark.parametrize("tokens", [7, CHUNK_TOKENS, CHUNK_TOKENS + 5])
def test_value_and_gradients_are_torchs(tokens: int) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(tokens, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    targets = torch.randint(0, 50, (tokens,))
    targets[::3] = IGNORED
    ours = cross_entropy(hidden, weight, targets)
    with torch.no_grad():
        assert torch.allclose(cross_entropy(hidden, weight, targets), ours, atol=1e-5)
    ours.backward()
    found = [hidden.grad, weight.grad]
    hidden.grad = weight.grad = None
    theirs = functional.cross_entropy(functional.linear(hidden, weight), targets, ignore_index=IGNORED)
    theirs.backward()
    assert torch.allclose(ours, theirs, atol=1e-5)
    for mine, reference in zip(found, [hidden.grad, weight.grad], strict=True):
        assert mine is not None
        assert reference is not None
        assert torch.allclose(mine, reference, atol=1e-5)


def test_each_token_predicts_the_next_of_its_row_but_for_those_that_nobody_knows() -> None:
    padding, separator = 4, 6
    rows = torch.tensor([[separator, 10, 11, separator, 12, padding], [separator, 20, 21, 22, 23, 24]])
    assert next_tokens(rows, (padding, separator)).tolist() == [
        [10, 11, IGNORED, 12, IGNORED, IGNORED],
        [20, 21, 22, 23, 24, IGNORED],
    ]


def test_nothing_to_predict_is_no_loss() -> None:
    assert float(cross_entropy(torch.randn(4, 8), torch.randn(10, 8), torch.full((4,), IGNORED))) == 0.0
