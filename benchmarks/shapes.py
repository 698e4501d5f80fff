"""The shapes that are timed: Qwen3 with tied embeddings, and what one forward pass of them must read and compute."""

from dataclasses import dataclass

from codex_lsp.errors import UsageError

HEAD_WIDTH = 64
MAX_POSITIONS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape.

    Attributes:
        name: About how many parameters it has.
        layers: Blocks.
        width: Of the hidden state; heads are `HEAD_WIDTH` wide.
        heads: Query heads.
        groups: Key-value heads.
        inner: Width inside the MLP.
        vocabulary: Entries of the tied embedding.
    """

    name: str
    layers: int
    width: int
    heads: int
    groups: int
    inner: int
    vocabulary: int

    @property
    def matrix_parameters(self) -> int:
        """Parameters that every forward pass multiplies by; the embedding counts once, as the head."""
        attention = self.width * HEAD_WIDTH * (2 * self.heads + 2 * self.groups)
        return self.layers * (attention + 3 * self.width * self.inner) + self.width * self.vocabulary

    @property
    def cached_values(self) -> int:
        """Keys and values that are kept of one token."""
        return 2 * self.layers * self.groups * HEAD_WIDTH

    def operations(self, rows: int, context: int) -> float:
        """Multiplications and additions of a pass over `rows` tokens, each of which sees `context` tokens."""
        attention = 4.0 * self.layers * self.heads * HEAD_WIDTH * context
        return rows * (2.0 * self.matrix_parameters + attention)


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(name="tiny", layers=2, width=128, heads=2, groups=1, inner=256, vocabulary=1024),
        Shape(name="7M", layers=6, width=256, heads=4, groups=2, inner=768, vocabulary=8192),
        Shape(name="20M", layers=8, width=384, heads=6, groups=2, inner=1152, vocabulary=16384),
        Shape(name="45M", layers=12, width=512, heads=8, groups=2, inner=1536, vocabulary=16384),
    )
}
PUBLISHED = ("7M", "20M", "45M")
"""Those of the tables; `tiny` is there for tests."""


def shape_named(name: str) -> Shape:
    """The shape of that name.

    Raises:
        UsageError: There is none.
    """
    if name not in SHAPES:
        raise UsageError(f"`{name}` is no shape; known are {', '.join(SHAPES)}")
    return SHAPES[name]
