"""Files that no model is ever shown: environment files, keys, certificates, credentials.

Told by name alone, so that nothing of such a file is read first. It is a safety net, not a scanner: a secret in an
ordinary source file is not found.
"""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

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
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"})


def is_secret(path: str) -> bool:
    r"""Whether a file is one that likely holds secrets.

    Args:
        path: Absolute or in the workspace, with `/` or `\` between its parts.

    >>> is_secret("deploy/.env.local"), is_secret("secrets.py")
    (True, False)
    """
    parts = PurePosixPath(path.replace("\\", "/").lower()).parts
    if not parts:
        return False
    if not _SECRET_FOLDERS.isdisjoint(parts[:-1]):
        return True
    return any(fnmatchcase(parts[-1], pattern) for pattern in _SECRET_NAMES)
