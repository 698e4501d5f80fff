"""The data card of a corpus: `DATA.md` and a plot beside its manifest, written from the manifest alone."""

from collections import Counter
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

from codex_lsp.training.documents import SPLITS
from codex_lsp.training.filters import Rejection
from codex_lsp.training.manifest import read_manifest, write_atomically

CARD, PLOT = "DATA.md", "DATA.svg"
_BAR, _GAP, _LEFT, _WIDTH, _RIGHT = 18, 8, 150, 420, 110
_COLOURS = {"train": "#3b6ea5", "heldout": "#e0a030"}
_REASONS = {
    Rejection.TOO_LARGE: "larger than 1 MB",
    Rejection.NOT_UTF8: "not UTF-8 text, or unreadable",
    Rejection.EMPTY: "blank",
    Rejection.AUTO_GENERATED: "says that it is generated",
    Rejection.LONG_MEAN_LINE: "lines above 100 characters on average",
    Rejection.LONG_LINE: "a line above 1000 characters",
    Rejection.FEW_ALPHANUMERICS: "less than a quarter letters and digits",
    Rejection.DUPLICATE: "the same as a file before",
    Rejection.NEAR_DUPLICATE: "nearly the same as a file before (MinHash, Jaccard of 0.8 or more)",
    Rejection.BENCHMARK_OVERLAP: "more than half of it repeats benchmarks",
    Rejection.VENDORED: "another project's, under a folder for such",
    Rejection.BUILT: "built: a bundle, a minified file or type declarations",
    Rejection.LICENCE: "under a licence of its own that is not on the allow-list",
    Rejection.PACKAGE_LIMIT: "beyond what one package may give",
}


def write_data_card(corpus: Path) -> None:
    """Write the card and its plot; tokens appear once `token_counts.count_tokens` has counted them.

    Raises:
        TrainingError: The folder is not a corpus.
    """
    manifest = read_manifest(corpus, "corpus")
    write_atomically(corpus / PLOT, plot(_sizes(manifest), _unit(manifest)).encode())
    write_atomically(corpus / CARD, card(manifest).encode())


def card(manifest: dict[str, Any]) -> str:
    """The text of a corpus's card."""
    parts = [
        "# The data of this corpus",
        _summary(manifest),
        f"![Size by language]({PLOT})",
        "## By language\n\n" + _languages(manifest),
        "## By licence\n\n" + _licences(manifest),
        "## What was left out\n\n" + _removed(manifest),
        "## Benchmarks\n\n" + _decontamination(manifest),
        "## Packages\n\n" + _packages(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def plot(sizes: dict[str, dict[str, int]], unit: str) -> str:
    """A bar for each language, largest first, held-out behind learned, as SVG.

    Args:
        sizes: Split to language to size.
        unit: What the sizes count.
    """
    whole: Counter[str] = Counter()
    for languages in sizes.values():
        whole.update(languages)
    largest = max(whole.values(), default=1) or 1
    height = 2 * _GAP + len(whole) * (_BAR + _GAP)
    rows = [
        _row(index, language, {split: sizes[split].get(language, 0) for split in sizes}, largest)
        for index, (language, _) in enumerate(whole.most_common())
    ]
    title = f"Millions of {unit} by language: learned from, and held out"
    width = _LEFT + _WIDTH + _RIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _row(index: int, language: str, sizes: dict[str, int], largest: int) -> str:
    top = _GAP + index * (_BAR + _GAP)
    left = float(_LEFT)
    bars: list[str] = []
    for split, size in sizes.items():
        width = _WIDTH * size / largest
        bars.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{_COLOURS[split]}"/>')
        left += width
    text = top + _BAR - 5
    label = f'<text x="{_LEFT - 8}" y="{text}" text-anchor="end">{escape(language)}</text>'
    value = f'<text x="{left + 6:.1f}" y="{text}">{sum(sizes.values()) / 1e6:.2f} M</text>'
    return label + "".join(bars) + value


def _unit(manifest: dict[str, Any]) -> str:
    return "tokens" if "tokens" in manifest else "bytes"


def _sizes(manifest: dict[str, Any]) -> dict[str, dict[str, int]]:
    if "tokens" in manifest:
        return {split: manifest["tokens"]["languages"][split] for split in SPLITS}
    return {
        split: {language: count["bytes"] for language, count in manifest["languages"][split].items()}
        for split in SPLITS
    }


def _summary(manifest: dict[str, Any]) -> str:
    sizes = _sizes(manifest)
    whole = sum(sum(languages.values()) for languages in sizes.values()) or 1
    python = sum(languages.get("python", 0) for languages in sizes.values())
    splits = manifest["splits"]
    counted = "".join(
        f"; {manifest['tokens']['splits'][split] / 1e6:.1f} M tokens {name}"
        for split, name in (("train", "learned from"), ("heldout", "held out"))
        if "tokens" in manifest
    )
    return (
        f"{splits['train']['files']} files to learn from and {splits['heldout']['files']} held out, "
        f"of {len(manifest['packages'])} packages{counted}. Python is {python / whole:.0%} of the {_unit(manifest)}. "
        "The split is by package, never by file. Every package is named below with its version and licence, "
        "read from its own metadata."
    )


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    # What a package says of itself may hold the mark between columns.
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _languages(manifest: dict[str, Any]) -> str:
    rows: list[list[object]] = []
    counts: dict[str, dict[str, dict[str, int]]] = manifest["languages"]
    tokens: dict[str, dict[str, int]] = manifest.get("tokens", {}).get("languages", {})
    for split in SPLITS:
        for language, count in sorted(counts[split].items(), key=lambda pair: -pair[1]["bytes"]):
            counted = tokens.get(split, {}).get(language, "")
            rows.append([split, language, count["files"], count["bytes"], counted])
    return _table(["split", "language", "files", "bytes", "tokens"], rows)


def _licences(manifest: dict[str, Any]) -> str:
    counts: dict[str, dict[str, int]] = manifest["licences"]
    tokens: dict[str, int] = manifest.get("tokens", {}).get("licences", {})
    ordered = sorted(counts.items(), key=lambda pair: -pair[1]["bytes"])
    rows: list[list[object]] = [
        [licence, count["files"], count["bytes"], tokens.get(licence, "")] for licence, count in ordered
    ]
    return _table(["licence, as the package names it", "files", "bytes", "tokens"], rows)


def _removed(manifest: dict[str, Any]) -> str:
    removed: dict[str, int] = manifest["removed"]
    return _table(["files", "why"], [[removed.get(reason.value, 0), text] for reason, text in _REASONS.items()])


def _decontamination(manifest: dict[str, Any]) -> str:
    found: dict[str, Any] = manifest["decontamination"]
    if not manifest["decontaminated"]:
        return "No benchmark was named when this corpus was built: it must not be used where one is measured."
    windows, hits = cast("dict[str, int]", found["windows"]), cast("dict[str, int]", found["files_hit"])
    table = _table(
        ["source", "windows of 13 tokens", "files met"], [[n, c, hits.get(n, 0)] for n, c in windows.items()]
    )
    return (
        f"{found['definitions_cut']} top-level definitions ({found['characters_cut']} characters) that repeat one were "
        f"cut out of {found['files_cut']} files; {found['files_dropped']} files, of which more than half would have "
        f"gone, were dropped.\n\n{table}"
    )


def _packages(manifest: dict[str, Any]) -> str:
    rows: list[list[object]] = [
        [p["ecosystem"], p["name"], p["version"], p["licence"], p["split"], p["files"], p["bytes"]]
        for p in cast("list[dict[str, Any]]", manifest["packages"])
    ]
    refused: list[list[object]] = [
        [p["ecosystem"], p["name"], p["version"], p["reason"]]
        for p in cast("list[dict[str, str]]", manifest["refused"])
    ]
    text = _table(["ecosystem", "package", "version", "licence", "split", "files", "bytes"], rows)
    if not refused:
        return text
    return text + "\n\nRefused:\n\n" + _table(["ecosystem", "package", "version", "why"], refused)
