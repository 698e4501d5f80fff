"""The examples of a function's docstring as a file of pytest's, so that they run as the project's own tests do."""

import re

from codex_lsp.assist.function import PythonFunction

DOCSTRING_TEST = "test_docstring_examples.py"
"""Its name in the work folder."""
_OURS = re.compile(r"^[^:\s]*::test_examples: (?:AssertionError: )?")

_SOURCE = """\
import doctest
import importlib


class FirstFailure(doctest.DocTestRunner):
    def report_failure(self, out, test, example, got):
        got = got.strip() or "nothing"
        raise AssertionError(f"{{example.source.strip()}} gave {{got}}, not {{example.want.strip()}}")

    def report_unexpected_exception(self, out, test, example, raised):
        raise AssertionError(f"{{example.source.strip()}} raised {{raised[0].__name__}}: {{raised[1]}}")


def test_examples():
    module = importlib.import_module({module!r})
    examples = doctest.DocTestParser().get_doctest({docstring!r}, dict(vars(module)), {name!r}, None, 0)
    FirstFailure(verbose=False).run(examples)
"""


def docstring_test(module: str, function: PythonFunction) -> str:
    """The file, for the function as it was: a candidate that writes another docstring changes nothing."""
    return _SOURCE.format(module=module, docstring=function.docstring or "", name=function.qualname)


def without_name(detail: str) -> str:
    """What a run of tests says, without the name of this file, which nobody else knows.

    >>> without_name("::test_examples: AssertionError: f(1) gave 2, not 3")
    'f(1) gave 2, not 3'
    """
    return _OURS.sub("", detail)
