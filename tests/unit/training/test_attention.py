import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.nn.attention.flex_attention import create_block_mask

from codex_lsp.training.attention import QUERY_BLOCK, attend, document_mask

SEPARATOR = 6


@settings(max_examples=20, deadline=None)
@given(
    length=st.sampled_from([1, 5, QUERY_BLOCK, QUERY_BLOCK + 1, 2 * QUERY_BLOCK]),
    heads=st.sampled_from([1, 2, 4]),
    groups=st.sampled_from([1, 2]),
    seed=st.integers(0, 1000),
)
def test_it_is_torchs_attention_within_documents(length: int, heads: int, groups: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    groups = min(groups, heads)
    ids = torch.randint(0, 20, (3, length), generator=generator)
    q = torch.randn(3, heads, length, 16, generator=generator)
    k, v = (torch.randn(3, groups, length, 16, generator=generator) for _ in range(2))
    documents = document_mask(ids, SEPARATOR)
    assert isinstance(documents, torch.Tensor)
    seen = (documents[:, :, None] == documents[:, None, :]).tril()
    wanted = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None], enable_gqa=True)
    assert torch.allclose(attend(q, k, v, documents), wanted, atol=1e-5)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_the_form_for_gpus_sees_the_same() -> None:
    torch.manual_seed(0)
    ids = torch.randint(0, 20, (2, QUERY_BLOCK))
    documents = document_mask(ids, SEPARATOR)
    assert isinstance(documents, torch.Tensor)

    def seen(row: torch.Tensor, _head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        return (query >= key) & (documents[row, query] == documents[row, key])

    block_mask = create_block_mask(seen, 2, None, QUERY_BLOCK, QUERY_BLOCK, device="cpu")
    q, k, v = torch.randn(2, 4, QUERY_BLOCK, 16), torch.randn(2, 1, QUERY_BLOCK, 16), torch.randn(2, 1, QUERY_BLOCK, 16)
    with torch.no_grad():
        assert torch.allclose(attend(q, k, v, block_mask), attend(q, k, v, documents), atol=1e-5)


def test_what_stands_before_a_document_does_not_change_it() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 2, 40, 8) for _ in range(3))
    ids = torch.zeros(1, 40, dtype=torch.long)
    ids[0, 20] = SEPARATOR
    before = attend(q, k, v, document_mask(ids, SEPARATOR))
    k[:, :, :20], v[:, :, :20] = 9.0, 9.0
    assert torch.equal(attend(q, k, v, document_mask(ids, SEPARATOR))[:, :, 20:], before[:, :, 20:])
