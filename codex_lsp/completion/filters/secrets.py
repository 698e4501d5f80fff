"""A model may have learned somebody's key: none is ever shown.

Detectors are those of the detect-secrets library that know what the keys of a provider look like, and the one that
knows what variables of passwords are called. Those that judge by entropy alone call every hash a secret, and are left
out. Nothing is verified over a network.
"""

import functools
import importlib
import re
from collections.abc import Iterator
from typing import Any

from codex_lsp.types import Candidate, CursorContext

_PLUGINS = "detect_secrets.plugins"
_DETECTORS = {
    "artifactory": "ArtifactoryDetector",
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
_KEYWORDS = ("keyword", "KeywordDetector")
MAX_LINE = 1000
"""Characters of the cursor's line that are looked at."""
# What every detector needs to see at least; without it the library is not even loaded, which takes a moment.
_SUSPICIOUS = re.compile(
    r"[\w+/=-]{20}|://[^\s/]+@|PRIVATE KEY|(?i:pass|pwd|secret|token|key|auth|cred).{0,60}[\"'`][^\"'`\s]{8}"
)
# A value that somebody made up as one is no word, and stands for nothing else.
_MADE_UP = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[^\s<>{}$%()\[\]]{8,}")
_EXAMPLE = re.compile(r"(?i)example|sample|changeme|dummy|placeholder|your|xxx|test|foo|\.\.\.|://")


def drop_secrets(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Drop a candidate that writes a key, a token or a password; one that the line before the cursor has is no news."""
    typed = context.line_prefix[-MAX_LINE:]
    text = typed + candidate.insert
    if not _SUSPICIOUS.search(text):
        return candidate
    return None if len(list(_secrets(text))) > len(list(_secrets(typed))) else candidate


def load_detectors() -> None:
    """Load the library now, which takes a moment, rather than while somebody waits for the first suspicious row."""
    _detectors()


def _secrets(text: str) -> Iterator[str]:
    """The values in `text` that look like secrets."""
    detectors, keywords = _detectors()
    for line in text.split("\n"):
        for detector in detectors:
            yield from detector.analyze_string(line)
        for value in keywords.analyze_string(line):
            if _MADE_UP.fullmatch(value) and not _EXAMPLE.search(value):
                yield value


@functools.cache
def _detectors() -> tuple[tuple[Any, ...], Any]:
    """The detectors that know a provider's keys, and the one that goes by names."""
    by_shape = tuple(_built(module, name) for module, name in _DETECTORS.items())
    return by_shape, _built(*_KEYWORDS)


def _built(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"{_PLUGINS}.{module}"), name)()
