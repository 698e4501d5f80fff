import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._dynamo.testing import CompileCounter
from torch.nn import functional

from codex_lsp.training.attention import QUERY_BLOCK, attend, block_mask, document_mask
from codex_lsp.training.network import Network, NetworkConfig

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
@pytest.mark.parametrize(("heads", "length"), [(4, QUERY_BLOCK), (3, 2 * QUERY_BLOCK), (1, 100)])
def test_the_form_for_gpus_sees_the_same(heads: int, length: int) -> None:
    torch.manual_seed(0)
    documents = document_mask(torch.randint(0, 20, (2, length)), SEPARATOR)
    assert isinstance(documents, torch.Tensor)
    q, k, v = torch.randn(2, heads, length, 16), torch.randn(2, 1, length, 16), torch.randn(2, 1, length, 16)
    with torch.no_grad():
        assert torch.allclose(attend(q, k, v, block_mask(documents)), attend(q, k, v, documents), atol=1e-5)


def test_the_form_for_gpus_goes_through_a_compiled_layer_that_no_batch_compiles_again() -> None:
    torch.manual_seed(0)
    network = Network(NetworkConfig(vocab_size=64, hidden_size=32, intermediate_size=32, num_hidden_layers=2))
    cos, sin = network.cos[:QUERY_BLOCK], network.sin[:QUERY_BLOCK]
    counted = CompileCounter()
    found: list[torch.Tensor] = []
    wanted: list[torch.Tensor] = []
    with torch.no_grad():
        batches = [torch.randint(0, 20, (2, QUERY_BLOCK)) for _ in range(3)]
        masks = [document_mask(ids, SEPARATOR) for ids in batches]
        wanted += [network.model(ids, cos, sin, mask) for ids, mask in zip(batches, masks, strict=True)]
        for layer in network.model.layers:
            layer.compile(backend=counted, dynamic=False)
        for ids, mask in zip(batches, masks, strict=True):
            assert isinstance(mask, torch.Tensor)
            found.append(network.model(ids, cos, sin, block_mask(mask)))
    assert all(torch.allclose(ours, theirs, atol=1e-5) for ours, theirs in zip(found, wanted, strict=True))
    assert counted.frame_count == 1


def test_what_stands_before_a_document_does_not_change_it() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 2, 40, 8) for _ in range(3))
    ids = torch.zeros(1, 40, dtype=torch.long)
    ids[0, 20] = SEPARATOR
    before = attend(q, k, v, document_mask(ids, SEPARATOR))
    k[:, :, :20], v[:, :, :20] = 9.0, 9.0
    assert torch.equal(attend(q, k, v, document_mask(ids, SEPARATOR))[:, :, 20:], before[:, :, 20:])
