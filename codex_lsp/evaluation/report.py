"""Results as figures: headline, by combination, by language, and times. Field names are public."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from codex_lsp.evaluation.cursors import HEADLINE, Combination
from codex_lsp.evaluation.lines import Answer, LinesResult
from codex_lsp.evaluation.percentiles import percentile
from codex_lsp.evaluation.surprise import Surprise, by_language


def report(result: LinesResult) -> dict[str, Any]:
    """The figures of one model.

    `bits_per_byte` is over all scored text, `line_exact_match` and `line_edit_similarity` are those of the headline
    combination; each is None where it was not measured.
    """
    headline = [answer for answer in result.answers if answer.combination is HEADLINE]
    surprises = by_language(result.surprises or ())
    return {
        "bits_per_byte": sum(surprises.values(), Surprise()).bits_per_byte,
        "line_exact_match": _line_figures(headline)["line_exact_match"],
        "line_edit_similarity": _line_figures(headline)["line_edit_similarity"],
        "by": {
            "combinations": {
                combination.value: _line_figures(found)
                for combination in Combination
                if (found := [answer for answer in result.answers if answer.combination is combination])
            },
            "languages": _languages(headline, surprises),
        },
        "decode_ms": {
            "first_token": _quantiles([decode.first_ms for decode in result.decodes]),
            "token": _quantiles([decode.step_ms for decode in result.decodes if decode.step_ms is not None]),
            "completion": _quantiles([answer.completion_ms for answer in result.answers]),
        },
    }


def _line_figures(answers: Sequence[Answer]) -> dict[str, Any]:
    count = len(answers)
    return {
        "line_exact_match": sum(answer.is_exact for answer in answers) / count if count else None,
        "line_edit_similarity": math.fsum(answer.similarity for answer in answers) / count if count else None,
        "cursors": count,
        "silent": sum(answer.is_silent for answer in answers),
    }


def _languages(headline: Sequence[Answer], surprises: Mapping[str, Surprise]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for language in sorted({answer.language for answer in headline} | set(surprises)):
        surprise = surprises.get(language, Surprise())
        found[language] = {
            "bits_per_byte": surprise.bits_per_byte,
            "bytes": surprise.size,
            "tokens": surprise.tokens,
            "files": surprise.files,
            **_line_figures([answer for answer in headline if answer.language == language]),
        }
    return found


def _quantiles(values: Sequence[float]) -> dict[str, float | None]:
    return {f"p{percent}": percentile(values, percent) for percent in (50, 95)}
