"""Packed weights give the product of the weights they were made from."""

import pytest
import torch

from codex_lsp.decoding.matrix import byte_matrix, dense_matrix, half_matrix, wide_matrix

torch.manual_seed(0)
WEIGHT = torch.randn(64, 48)
BIAS = torch.randn(64)
ROWS = torch.randn(5, 48) * torch.tensor([[1.0], [100.0], [0.01], [3.0], [0.0]])


@pytest.mark.parametrize("bias", [None, BIAS])
def test_products_are_near(bias: torch.Tensor | None) -> None:
    exact = torch.nn.functional.linear(ROWS, WEIGHT, bias)
    assert torch.equal(dense_matrix(WEIGHT, bias)(ROWS), exact)
    size = ROWS.norm(dim=1, keepdim=True) * 8 + 1
    for matrix, error in ((half_matrix(WEIGHT, bias), 0.01), (byte_matrix(WEIGHT, bias), 0.01)):
        product = matrix(ROWS)
        assert product.dtype is torch.float32
        assert ((product - exact).abs() / size).max() < error


def test_a_row_of_bytes_does_not_depend_on_those_beside_it() -> None:
    matrix = byte_matrix(WEIGHT, None)
    together = matrix(ROWS)
    for row in range(len(ROWS)):
        assert torch.equal(matrix(ROWS[row : row + 1])[0], together[row])


def test_a_wide_product_is_of_float32() -> None:
    rows = ROWS.to(torch.bfloat16)
    assert torch.equal(wide_matrix(WEIGHT)(rows), rows.float() @ WEIGHT.T)
