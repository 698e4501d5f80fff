"""The hierarchy of errors: every failure a person can meet, and what it asks of them.

::

    CodexLspError                 one line, naming the thing and the mend
    ├── UsageError                what was asked cannot be: exit code 2 on the command line
    │   ├── SettingsError         a settings file that cannot be read at all
    │   ├── DocumentError         a file that is missing, binary, too large, or a position outside it
    │   └── ModelNotFound         a model folder, hub name or template that does not exist
    ├── ModelError                a model that was found and does not do its work
    │   ├── ModelUnavailable      not reachable, failed to load, or still loading past the deadline
    │   │   └── ModelDamaged      a model folder that cannot be used as it is; a UsageError too
    │   ├── ModelRefused          the backend refused the request (4xx, wrong key, context too long)
    │   │   └── AdapterUnusable   an adapter that is unknown, damaged, or made for another model
    │   └── NotSupported          the backend cannot do this at all (for example `score`)
    ├── AssistRefused             what was asked of a function cannot be done here; nothing is edited
    ├── SandboxUnavailable        nothing here can run code nobody trusts; it is not run
    ├── StatisticsError           the database of statistics cannot be read or written
    ├── MissingExtra              an optional part of the package is not installed
    └── TrainingError             a corpus, tokenizer or run that cannot go on
"""


class CodexLspError(Exception):
    """Base of all errors of this package; `str(error)` is one line that names the thing and the mend."""


class UsageError(CodexLspError):
    """What was asked cannot be done as asked; the command line exits with 2."""


class SettingsError(UsageError):
    """A settings source that cannot be read at all (single wrong settings are reported, not raised)."""


class DocumentError(UsageError):
    """A file that is missing, binary or too large, or a position outside of it."""


class ModelNotFound(UsageError):
    """A model folder, hub name or prompt template that does not exist here."""


class ModelError(CodexLspError):
    """A model that exists and fails."""


class ModelUnavailable(ModelError):
    """The model cannot be reached, failed to load, or is not ready in time."""


class ModelDamaged(ModelUnavailable, UsageError):
    """A model folder that is there and cannot be used as it is: truncated, incomplete, of a kind not read."""


class ModelRefused(ModelError):
    """The backend understood the request and refused it."""


class AdapterUnusable(ModelRefused):
    """An adapter that is unknown, damaged or made for another model; the model itself serves without it."""


class NotSupported(ModelError):
    """The backend has no such ability."""


class AssistRefused(CodexLspError):
    """An assist that cannot be done at this place or in this workspace; the message says what would help."""


class SandboxUnavailable(CodexLspError):
    """No sandbox that holds is found here, so that nothing was run; the message says what to install."""


class StatisticsError(CodexLspError):
    """The database of statistics is damaged, locked, of a newer version, or cannot be written."""


class MissingExtra(CodexLspError):
    """An optional part is not installed; the message names the `pip install` that brings it."""


class TrainingError(CodexLspError):
    """A corpus, a tokenizer or a training run that cannot go on; the last good checkpoint stands."""
