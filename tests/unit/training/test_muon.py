import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.training.distributed import World
from codex_lsp.training.muon import Muon, orthogonalised

CPU = World(torch.device("cpu"))


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(2, 40), columns=st.integers(2, 40), seed=st.integers(0, 1000))
def test_singular_values_come_close_to_one(rows: int, columns: int, seed: int) -> None:
    matrices = torch.randn(3, rows, columns, generator=torch.Generator().manual_seed(seed))
    found = torch.linalg.svdvals(orthogonalised(matrices).float())
    assert found.max() < 1.5
    # The iteration lifts what is not vanishingly small beside the largest value.
    large = torch.linalg.svdvals(matrices / matrices.norm(dim=(-2, -1), keepdim=True)) > 0.02
    assert found[large].min() > 0.3


def test_a_step_goes_against_the_gradient_whatever_its_size() -> None:
    for size in (1e-6, 1.0, 1e6):
        weight = torch.nn.Parameter(torch.zeros(4, 6))
        optimiser = Muon([weight], CPU, lr=0.1)
        weight.grad = size * torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
        gradient = weight.grad.clone()
        optimiser.step()
        assert float((weight.detach() * gradient).sum()) < 0
        assert 0.1 < float(weight.detach().norm()) < 0.4
