"""What texts a parameter takes, by its name: a path, an address, a pattern, which no drawn letters would ever be."""

from collections.abc import Mapping
from dataclasses import replace

from codex_lsp.assist.names_of_tests import snake_case
from codex_lsp.assist.parameter_kind import ANY, STR, Kind

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "path filename file filepath pathname dirname folder directory dir": (
        "folder/file.txt",
        "/",
        "../a/./b",
        "a//b/",
        "archive.tar.gz",
    ),
    "url uri href link": (
        "https://user@example.com:8080/a/b?x=1&y=2#end",
        "http://localhost",
        "/a/b%20c",
        "mailto:a@example.org",
    ),
    "host hostname domain netloc authority": ("example.com", "127.0.0.1", "[::1]:80", "a.b.example.com"),
    "ip address addr": ("192.168.0.1", "::1", "2001:db8::1", "10.0.0.0/8"),
    "email mail": ("a.b@example.org", "a@b", "nobody"),
    "version release": ("1.2.3", "2.0rc1", "1.0.post2.dev3", "v3"),
    "specifier requirement": (">=1.2", "==1.*", "name>=1,<2"),
    "json": ('{"a": [1, null, true]}', "[]", '"a"'),
    "html xml markup": ('<p class="a">b &amp; c</p>', "&lt;", "[bold]a[/bold]"),
    "pattern pat regex regexp glob": ("a*", "[ab]?c", "x", "^a+$"),
    "date day": ("2024-02-29", "2023-12-31"),
    "time clock": ("12:30:05", "23:59"),
    "query querystring qs": ("a=1&b=%20&a=2", "a", "x=1;y=2"),
    "color colour": ("#ff8000", "red", "rgb(1, 2, 3)"),
    "command cmd": ("ls -l 'a b'", 'echo "x"'),
}
_BY_NAME = {name: texts for names, texts in _TEXTS.items() for name in names.split()}


def named(kind: Kind, name: str, function: str = "") -> Kind:
    """The kind of a parameter with the texts that its name asks for, where it takes texts, or nothing is known of it.

    Where its name does not say, its function's does: `read_json(text)`.

    >>> named(Kind("list", (STR,)), "base_urls").items[0].texts[1]
    'http://localhost'
    """
    texts = _texts_for(name)
    if texts is not None:
        said = Kind("str", (), texts)
        return said if kind == ANY else _with(kind, said)
    texts = _texts_for(function)
    return kind if texts is None else _with(kind, Kind("str", (), texts))


def _texts_for(name: str) -> tuple[str, ...] | None:
    words = [word for part in name.split(".") for word in snake_case(part).split("_")]
    return next((found for word in reversed(words) if (found := _found(word))), None)


def _found(word: str) -> tuple[str, ...] | None:
    return _BY_NAME.get(word) or _BY_NAME.get(word.removesuffix("s"))


def _with(kind: Kind, said: Kind) -> Kind:
    if kind == STR:
        return said
    return replace(kind, items=tuple(_with(item, said) for item in kind.items)) if kind.name != "build" else kind
