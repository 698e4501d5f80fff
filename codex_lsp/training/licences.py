"""Which distributions may be learned from: an allow-list over what their own metadata says.

A distribution is accepted only when every licence it names is on the list (any of them, where it offers a choice with
`OR`). What is unnamed, unknown or copyleft is refused, and the refusal says why.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

PERMISSIVE = frozenset(
    {
        "0BSD",
        "AFL-2.1",
        "APACHE-2.0",
        "BSD",
        "BSD-2-CLAUSE",
        "BSD-3-CLAUSE",
        "BSL-1.0",
        "CC0-1.0",
        "HPND",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "NCSA",
        "POSTGRESQL",
        "PSF-2.0",
        "PYTHON-2.0",
        "PYTHON-2.0.1",
        "UNLICENSE",
        "X11",
        "ZLIB",
        "ZPL-2.1",
    }
)
"""SPDX identifiers, upper case, that ask for attribution at most. `BSD` stands for its two- and three-clause texts."""

# Every spelling is whole: an open end would take in what stands after it, "AND GPL-3.0" too.
_SPOKEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"(the )?apache([- ]software)?( licen[cs]e)?,?[- ]?(version |v)?(2(\.0)?)?( \(?apache[- ]2\.0\)?)?",
        r"apache-2\.0 with llvm-exception|asl 2(\.0)?|al2",
        r"(the )?mit( license| licence|-license)?( \(mit\))?|expat( license)?",
        r"(new |modified |revised |simplified )?bsd( license| licence)?( style)?|bsd-like",
        r"(the )?(new |modified )?(bsd[- ]3([- ]clause)?|3[- ]clause bsd)( \"new\" or \"revised\")?( licence)?",
        r"(bsd[- ]2([- ]clause)?|2[- ]clause bsd)( \"simplified\")?( licence)?",
        r"isc( license| licence)?( \(iscl\))?",
        r"psf(l)?( license)?|python software foundation license|python(-2\.0)?",
        r"zpl([- ]?v?2\.[01])?|zope public license( 2\.[01])?",
        r"the unlicense( \(unlicense\))?|public domain|unlicense",
        r"academic free license( \(afl\))?( v\. ?[23]\.[01])?",
        # As Debian's copyright files name them: a text of one holder after a dash, and Go's and FreeBSD's own.
        r"bsd-[23]-clause[-~]\w+|[23]-bsd|bsd-[23]|freebsd|go|postgresql-dw|boost(-1\.0)?|bsl",
    )
)
"""The same licences as classifiers and free text spell them, lower case."""
_CLASSIFIER = re.compile(r"^License :: (?:OSI Approved :: )?(.+)$")
_MAX_FIELD_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceVerdict:
    """What was found and decided: `licence` is the text judged, `refusal` says why not and is None when accepted."""

    licence: str
    refusal: str | None = None


def judge_licence(expression: str | None, classifiers: Sequence[str], field: str | None) -> LicenceVerdict:
    """Judge a distribution by `License-Expression`, else its licence classifiers, else a short `License` field.

    Args:
        expression: The `License-Expression` (PEP 639), or None.
        classifiers: All trove classifiers.
        field: The free-text `License` field, or None. A long one is a licence's whole text; its first line is judged.
    """
    if expression:
        return judge_expression(expression)
    named = [match.group(1) for line in classifiers if (match := _CLASSIFIER.match(line))]
    named = [name for name in named if name != "OSI Approved"]
    if named:
        return _judge_all(named)
    if field and field.strip():
        return judge_expression(field.strip().splitlines()[0][:_MAX_FIELD_CHARS])
    return LicenceVerdict(licence="", refusal="names no licence")


def judge_npm(manifest: Mapping[str, Any]) -> LicenceVerdict:
    """Judge an npm package by the `license` of its `package.json`, or by the `licenses` that old ones have."""
    named = manifest.get("license") or manifest.get("licenses")
    several = cast("list[Any]", named) if isinstance(named, list) else [named]
    kinds = [cast("dict[str, Any]", one).get("type") if isinstance(one, dict) else one for one in several]
    if not kinds or not all(isinstance(kind, str) and kind for kind in kinds):
        return LicenceVerdict(licence="", refusal="names no licence")
    return judge_expression(" OR ".join(map(str, kinds)))


def _judge_all(names: Sequence[str]) -> LicenceVerdict:
    licence = " AND ".join(names)
    unknown = [name for name in names if not _permissive(name)]
    if unknown:
        return LicenceVerdict(licence=licence, refusal=f"not on the allow-list: {unknown[0]}")
    return LicenceVerdict(licence=licence)


def judge_expression(expression: str) -> LicenceVerdict:
    """Every `AND` part must hold; one choice of each `OR` is enough. Parentheses are read as flat groups."""
    if _permissive(expression):
        return LicenceVerdict(licence=expression)
    for part in re.split(r"\s+and\s+|\s*[,;]\s*", expression, flags=re.IGNORECASE):
        choices = re.split(r"\s+or\s+|\s*[/|]\s*", part, flags=re.IGNORECASE)
        if not any(_permissive(choice) for choice in choices):
            return LicenceVerdict(licence=expression, refusal=f"not on the allow-list: {part.strip()}")
    return LicenceVerdict(licence=expression)


def _permissive(name: str) -> bool:
    whole = name.strip()
    bare = whole.strip("()").strip()
    if bare.upper() in PERMISSIVE:
        return True
    # A name may end in parentheses of its own: "ISC License (ISCL)".
    spelled = {text.lower() for text in (whole, bare)}
    spelled |= {text.removesuffix(" license") for text in spelled}
    return any(spelling.fullmatch(text) for spelling in _SPOKEN for text in spelled)
