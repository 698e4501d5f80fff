"""What pictures are drawn with: matplotlib, which is an extra."""

import importlib.util
import io
from typing import TYPE_CHECKING

from codex_lsp.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_installed() -> None:
    """Say how to get what draws.

    Raises:
        MissingExtra: It is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtra("a plot needs matplotlib; run: pip install 'codex-lsp[plot]'")


def blank(width_inches: float, height_inches: float) -> "Figure":
    """A figure with nothing on it.

    Raises:
        MissingExtra: What draws is not installed.
    """
    check_installed()
    from matplotlib.figure import Figure

    return Figure(figsize=(width_inches, height_inches), layout="constrained")


def svg(figure: "Figure") -> bytes:
    """A figure as an SVG document; equal figures give equal bytes."""
    import matplotlib as mpl

    written = io.BytesIO()
    # No date and no random names in it.
    with mpl.rc_context({"svg.hashsalt": "codex-lsp", "svg.fonttype": "none"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()
