"""What is typed into for the pictures of ghost text: the example of a cart, finished but for one method."""

from pathlib import Path

TYPED = "return [item."


def unfinished_cart(examples: Path) -> str:
    """The text of a file, up to where `TYPED` goes on."""
    text = (examples / "cart.py").read_text(encoding="utf-8").rstrip()
    whole = text.replace("append()", "append(item)").replace("item. for", "item.price * item.quantity for")
    return f"{whole}\n\n    def names(self) -> list[str]:\n        \n"
