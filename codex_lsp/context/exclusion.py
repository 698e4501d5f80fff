"""Files that no model is ever shown: environment files, keys, certificates, credentials, and what a person excludes.

Told by name alone, its own and that of what a link leads to, so that nothing of such a file is read first. It is a
safety net, not a scanner: a secret in an ordinary source file is not found.
"""

import functools
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from fnmatch import translate
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

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
    "*.tfvars.json",
    "*.tfstate",
    "*.tfstate.backup",
    ".terraformrc",
    "terraform.rc",
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
    ".yarnrc.yml",
    ".s3cfg",
    ".boto",
    ".vault-token",
    "kubeconfig*",
    "application_default_credentials.json",
    ".git-credentials",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "credentials.y*ml",
    "credentials.db",
    "secrets.*",
    "service-account*.json",
    "service_account*.json",
)
_ENDS = tuple(each[1:] for each in _SECRET_NAMES if each.startswith("*"))
_BEGINS = tuple(each[:-1] for each in _SECRET_NAMES if each.endswith("*"))
_OTHER = re.compile("|".join(translate(each) for each in _SECRET_NAMES if "*" not in (each[0], each[-1])))
# What editors and people append to a backup: `.bak`, `.orig`, `.swp`, a numbered `.~1~` (its last tilde is gone), and
# what VS Code appends to the version that git has.
_BACKUP_ENDING = re.compile(r"\.(?:git|bak|backup|old|orig|rej|save|sav|tmp|temp|copy|sw[a-z]|kate-swp|~)\d{0,3}\Z")
MAX_DECODINGS = 3
"""How often a path is decoded: clients escape what is escaped already."""
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]+:(?://[^/]*)?")
_PLAIN = re.compile(r"\w[\w./-]*\w\Z")
"""A path that is relative and holds nothing that is escaped, folded or decorated."""
_TAIL = re.compile(r"[?#].*", re.DOTALL)
MAX_DECORATIONS = 4
"""How many of them are taken off a name, one after another."""
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", "gcloud", ".gcloud"})
# `secrets.py` is a module like any other; `secrets.yaml` is not.
_CODE = frozenset(
    {".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".go", ".java", ".rs", ".rb", ".c", ".h", ".cpp", ".cs"}
)


def is_excluded(path: str, globs: Collection[str] = ()) -> bool:
    r"""Whether a file is shown to no model: one of secrets, or one that a person's globs name.

    A glob without `/` is matched with the file's name and with each folder above it; one with `/` with the end of the
    path, where `*` may span folders. Neither case counts, nor how an accent is spelled, as they do not to every file
    system.

    Args:
        path: Absolute, in the workspace, or a URI of any scheme; with `/` or `\` between its parts. It is looked at as
            it stands and with its percent-escapes decoded.
        globs: Of the setting `exclude`.

    >>> is_excluded("file:///w/.env"), is_excluded("w/private/a.py", ["private"]), is_excluded("w/a.py", ["b/*.py"])
    (True, True, False)
    """
    if path.isascii() and _PLAIN.match(path):
        # Nearly all names of a folder are such: they mean what they say.
        form = path.lower()
        return _is_secret(form) or _is_named(form, globs)
    return any(_is_secret(form) or _is_named(form, globs) for form in (*_forms(path), *_led_to(path)))


def excluding(globs: Collection[str]) -> Callable[[str], bool]:
    """The rule that leaves out secrets and what a person's globs name, as `is_excluded`."""
    return functools.partial(is_excluded, globs=tuple(globs))


def is_secret(path: str) -> bool:
    """Whether a file is one that likely holds secrets, or an editor's backup or swap file of one.

    >>> is_secret("deploy/.env.local"), is_secret("secrets.py")
    (True, False)
    """
    return is_excluded(path)


def _forms(path: str) -> Iterator[str]:
    """What a path or URI may mean, in lower case, with `/` between its parts, without scheme, query and fragment."""
    decoded = [path]
    for _ in range(MAX_DECODINGS):
        if "%" not in decoded[-1] or (once := unquote(decoded[-1])) == decoded[-1]:
            break
        decoded.append(once)
    for form in decoded:
        bare = _folded(form)
        yield bare
        if _SCHEME.match(bare):
            # `untitled:.env`, and `vscode-remote://host/.env?x#y`.
            yield _TAIL.sub("", _SCHEME.sub("", bare))


def _led_to(path: str) -> Iterator[str]:
    """What links on this machine make of an absolute path or a `file:` URI, where they make something else of it."""
    try:
        named = unquote(urlsplit(path).path) if path.startswith("file:") else path
        real = os.path.realpath(named) if named.startswith("/") else named
    except (OSError, ValueError):
        # A name that no file can have.
        return
    if real != named:
        yield _folded(real)


def _folded(text: str) -> str:
    # Some systems decompose accented letters of names, editors and people mostly do not.
    return unicodedata.normalize("NFC", text).replace("\\", "/").lower().strip()


def _is_named(path: str, globs: Collection[str]) -> bool:
    return any(_glob(glob).search(path) is not None for glob in globs if glob.strip())


@functools.lru_cache(maxsize=1024)
def _glob(glob: str) -> re.Pattern[str]:
    bare = _folded(glob).removeprefix("./").strip("/")
    bare = bare.removeprefix("**/").removesuffix("/**")
    pattern = translate(bare).removeprefix("(?s:").removesuffix(r")\Z").replace("/.*/", "/(?:.*/)?")
    return re.compile(rf"(?s:(?:\A|[/:]){pattern}(?:/|\Z))")


def _is_secret(path: str) -> bool:
    *folders, name = [part for part in path.split("/") if part not in ("", ".")] or [""]
    if not _SECRET_FOLDERS.isdisjoint(folders):
        return True
    return any(map(_is_secret_name, _names(name)))


def _is_secret_name(name: str) -> bool:
    if name.startswith("secrets.") and PurePosixPath(name).suffix in _CODE:
        return False
    return name.endswith(_ENDS) or name.startswith(_BEGINS) or _OTHER.match(name) is not None


def _names(name: str) -> Iterator[str]:
    """A file's name, and the name of the file that it is a backup of; each also without a leading dot."""
    for _ in range(MAX_DECORATIONS + 1):
        yield name
        if name.startswith("."):
            yield name[1:]
        bare = _BACKUP_ENDING.sub("", name.removeprefix(".#").removeprefix("#").rstrip("~# .\0"))
        if bare == name:
            return
        name = bare
