"""Growing a network keeps what it computes."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.errors import TrainingError
from codex_lsp.training.growth import grown, shape_of
from codex_lsp.training.network import Network, NetworkConfig

SMALL = NetworkConfig(
    vocab_size=61,
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=32,
)
IDS = torch.randint(0, SMALL.vocab_size, (2, 20), generator=torch.Generator().manual_seed(3))


def trained(config: NetworkConfig) -> Network:
    """A network none of whose weights is where it began, so that nothing is equal by chance."""
    network = Network(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return network


def larger(old: Network, config: NetworkConfig, *, silent: bool = True) -> Network:
    new = Network(config, silent_layers=silent)
    new.load_state_dict(grown(old.state_dict(), new))
    return new


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(0, 3),
    hidden=st.integers(0, 30),
    layers=st.integers(0, 4),
    per_group=st.integers(2, 4),
    groups=st.integers(2, 3),
    silent=st.booleans(),
)
def test_a_grown_network_computes_the_same(
    width: int, hidden: int, layers: int, per_group: int, groups: int, *, silent: bool
) -> None:
    torch.manual_seed(0)
    old = trained(SMALL)
    config = replace(
        SMALL,
        hidden_size=SMALL.hidden_size + 8 * width,
        intermediate_size=SMALL.intermediate_size + hidden,
        num_hidden_layers=SMALL.num_hidden_layers + layers,
        num_attention_heads=per_group * groups,
        num_key_value_heads=groups,
    )
    new = larger(old, config, silent=silent)
    with torch.no_grad():
        assert torch.allclose(new.logits(IDS), old.logits(IDS), rtol=1e-4, atol=1e-4)


def test_the_same_shape_keeps_every_weight() -> None:
    old = trained(SMALL)
    new = larger(old, SMALL)
    assert all(torch.equal(a, b) for a, b in zip(old.parameters(), new.parameters(), strict=True))


def test_new_parts_learn_from_the_first_step() -> None:
    torch.manual_seed(0)
    config = replace(SMALL, hidden_size=32, intermediate_size=64, num_hidden_layers=3)
    new = larger(trained(SMALL), config)
    new.logits(IDS).logsumexp(-1).sum().backward()
    embedding = new.model.embed_tokens.weight.grad
    assert embedding is not None
    assert bool((embedding[:, SMALL.hidden_size :] != 0).any())
    for layer in new.model.layers:
        written = layer.get_parameter("mlp.down_proj.weight").grad
        assert written is not None
        assert bool((written != 0).any())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 16}, r"cannot shrink \(width 24 to 16\)"),
        ({"intermediate_size": 8, "num_hidden_layers": 1}, "hidden units 40 to 8, layers 2 to 1"),
        ({"vocab_size": 64}, "vocabulary of 61 .* cannot grow"),
        ({"head_dim": 16}, "heads of 8 .* cannot grow"),
        ({"num_attention_heads": 6, "num_key_value_heads": 6}, "query heads for each of them 2 to 1"),
    ],
)
def test_what_cannot_grow_is_refused(change: dict[str, int], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        larger(Network(SMALL), replace(SMALL, **change))


def test_another_architecture_is_refused() -> None:
    network = Network(SMALL)
    weights = network.state_dict()
    with pytest.raises(TrainingError, match="is missing: not a model that this trains"):
        grown({"wte.weight": torch.zeros(61, 24)}, network)
    with pytest.raises(TrainingError, match="bias is unknown"):
        grown({**weights, "model.layers.0.mlp.gate_proj.bias": torch.zeros(40)}, network)


def test_a_shape_is_read_from_the_weights() -> None:
    shape = shape_of(Network(SMALL).state_dict())
    assert (shape.vocabulary, shape.width, shape.hidden, shape.layers) == (61, 24, 40, 2)
    assert (shape.heads, shape.groups, shape.head_size) == (4, 2, 8)
