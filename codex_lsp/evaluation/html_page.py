"""HTML in which every text is escaped by type: only `Markup` goes in as it is, and only this module makes it."""

import base64
import html
from collections.abc import Iterable, Sequence
from typing import NewType

Markup = NewType("Markup", str)
"""HTML that is safe to put into a page."""

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { margin-top: 2.4rem; border-bottom: 1px solid #d0d7de; }
h3 { margin-top: 1.8rem; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .9rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #eaeef2; }
th { font-weight: 600; } td.number { text-align: right; } .number, td:first-child { white-space: nowrap; }
img { max-width: 100%; height: auto; display: block; margin: .8rem 0; }
pre { background: #f6f8fa; padding: .7rem; overflow-x: auto; font: 12.5px/1.45 ui-monospace, monospace; }
summary { cursor: pointer; } .note { color: #59636e; } .warning { background: #fff8c5; padding: .5rem .8rem; }
"""
# Nothing is loaded from anywhere and nothing runs, whatever a sample says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def element(name: str, *content: Markup, css: str = "") -> Markup:
    """An element.

    Args:
        name: Of the element, never of untrusted origin.
        content: Made by this module.
        css: Its class.
    """
    chosen = f' class="{html.escape(css)}"' if css else ""
    return Markup(f"<{name}{chosen}>{''.join(content)}</{name}>")


def text(value: object) -> Markup:
    """Any value as text; control characters that HTML forbids become visible."""
    shown = "".join(each if each in "\n\t" or each.isprintable() else _named(each) for each in str(value))
    return Markup(html.escape(shown))


def heading(level: int, value: str) -> Markup:
    """A heading, 1 to 6."""
    return element(f"h{level}", text(value))


def paragraph(value: str, *, css: str = "") -> Markup:
    """A paragraph of text."""
    return element("p", text(value), css=css)


def code(value: str) -> Markup:
    """A block of code."""
    return element("pre", element("code", text(value)))


def details(summary: str, *content: Markup) -> Markup:
    """Content that is shown when its summary is clicked; no script is needed."""
    return element("details", element("summary", text(summary)), *content)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """A table; numbers stand right, and all cells are escaped."""
    body = [[_cell(value) for value in row] for row in rows]
    first = element("tr", *(element("th", text(name)) for name in head))
    return element("table", element("thead", first), element("tbody", *(element("tr", *cells) for cells in body)))


def picture(svg: bytes, description: str) -> Markup:
    """An SVG document inside the page; as an image, so that nothing in it can act."""
    data = base64.b64encode(svg).decode("ascii")
    return Markup(f'<img alt="{text(description)}" src="data:image/svg+xml;base64,{data}">')


def page(title: str, *content: Markup) -> str:
    """A whole document that needs no network and no script."""
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{"".join(content)}\n</body></html>\n'


def _cell(value: object) -> Markup:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return element("td", text(value), css="number" if is_number else "")


def _named(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
