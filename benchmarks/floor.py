"""The least time that a request can take: what must be read and computed, by the rates that were measured beside it.

One pass over `rows` tokens takes the longer of two times: reading all weights once and the keys and values that are
seen, or computing the products. Weights count one byte each and keys and values two, whatever any engine takes: less
precise ones are possible, and would be another model's answers. No draft is counted, no sampling, no tokenising.
"""

from dataclasses import dataclass

from benchmarks.shapes import Shape

WEIGHT_BYTES = 1
CACHED_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What this machine was measured to do at most, with the threads of the run.

    Attributes:
        bytes_per_s: Reading memory of the size of the model's weights.
        operations_per_s: Of matrix products, the fastest number format; a multiplication and an addition are two.
    """

    bytes_per_s: float
    operations_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked.

    Attributes:
        context: Tokens of the prompt.
        new: Those of them that were not read before; at least one, after which the first token is sampled.
        rows: Continuations.
        tokens: Of each.
    """

    context: int
    new: int
    rows: int
    tokens: int


def pass_s(shape: Shape, rates: Rates, *, tokens: int, context: int) -> float:
    """Seconds of one forward pass over some tokens that share `context`."""
    read = shape.matrix_parameters * WEIGHT_BYTES + shape.cached_values * CACHED_BYTES * context
    return max(read / rates.bytes_per_s, shape.operations(tokens, context) / rates.operations_per_s)


def floor_ms(shape: Shape, rates: Rates, request: Request) -> float:
    """Milliseconds of a request: the prompt's pass gives the first tokens, and the last ones are never read."""
    prompt = pass_s(shape, rates, tokens=request.new, context=request.context)
    step = pass_s(shape, rates, tokens=request.rows, context=request.context)
    return (prompt + (request.tokens - 1) * step) * 1000
