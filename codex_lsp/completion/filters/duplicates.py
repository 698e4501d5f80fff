"""One suggestion is shown once."""

from codex_lsp.types import Candidate


def distinct(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates without later ones that insert the same, but for blanks."""
    seen: set[str] = set()
    kept: list[Candidate] = []
    for candidate in candidates:
        key = " ".join(candidate.insert.split())
        if key not in seen:
            seen.add(key)
            kept.append(candidate)
    return kept
