"""What is typed into for the pictures of ghost text: the example of a cart, finished but for one line."""

from pathlib import Path

TYPED = "self.items."
INDENT = " " * 8


def unfinished_cart(examples: Path) -> list[str]:
    """The lines of a file; `TYPED` goes behind the one that is `INDENT` alone."""
    text = (examples / "cart.py").read_text(encoding="utf-8")
    text = text.replace("self.items.append()", "").replace("item. for", "item.price * item.quantity for")
    return text.split("\n")
