"""Files that no model is ever shown: environment files, keys, certificates, credentials.

Told by name alone, so that nothing of such a file is read first. It is a safety net, not a scanner: a secret in an
ordinary source file is not found.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import unquote

_SECRET_NAMES = (
    ".env*",
    "*.env",
    ".dev.vars",
    "*.pem",
    "*.key",
    "*.crt",
    "*.cer",
    "*.cert",
    "*.der",
    "*.p8",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "*.gpg",
    "*.asc",
    "*.ovpn",
    "*.tfvars",
    "*.tfstate",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".git-credentials",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "credentials.y*ml",
    "secrets.json",
    "secrets.toml",
    "secrets.y*ml",
    "service-account*.json",
    "service_account*.json",
)
# What editors and people append to a backup: `.bak`, `.orig`, `.swp`, a numbered `.~1~` (its last tilde is gone).
_BACKUP_ENDING = re.compile(r"\.(?:bak|backup|old|orig|rej|save|sav|tmp|temp|copy|sw[a-z]|kate-swp|~)\d{0,3}\Z")
MAX_DECORATIONS = 4
"""How many of them are taken off a name, one after another."""
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"})


def is_secret(path: str) -> bool:
    r"""Whether a file is one that likely holds secrets, or an editor's backup or swap file of one.

    Args:
        path: Absolute, in the workspace, or a URI; with `/` or `\` between its parts. It is looked at as it stands and
            with its percent-escapes decoded.

    >>> is_secret("deploy/.env.local"), is_secret("secrets.py")
    (True, False)
    """
    return _is_secret(path) or ("%" in path and _is_secret(unquote(path)))


def _is_secret(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/").lower()).parts
    if not parts:
        return False
    if not _SECRET_FOLDERS.isdisjoint(parts[:-1]):
        return True
    return any(fnmatchcase(name, pattern) for name in _names(parts[-1]) for pattern in _SECRET_NAMES)


def _names(name: str) -> Iterator[str]:
    """A file's name, and the name of the file that it is a backup of; each also without a leading dot."""
    for _ in range(MAX_DECORATIONS + 1):
        yield name
        yield name.removeprefix(".")
        bare = _BACKUP_ENDING.sub("", name.removeprefix(".#").removeprefix("#").rstrip("~# .\0"))
        if bare == name:
            return
        name = bare
