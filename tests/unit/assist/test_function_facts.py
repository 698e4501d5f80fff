"""Facts read from a function's syntax."""

from codex_lsp.assist.function import function_at
from codex_lsp.assist.function_facts import FunctionFacts, RaisedError, facts_of

TEXT = '''
class Store:
    def load(self, path, *, tries=3):
        """Load.

    Less indented than the code.
        """
        global CACHE
        for _ in range(tries):
            try:
                if not path:
                    raise ValueError("no path")
                with open(path) as file:
                    return file.read()
            except (OSError, KeyError):
                raise errors.Unreadable(path)
        try:
            raise KeyError("kept")
        except KeyError as error:
            print(error)
        def inner():
            raise TypeError
            return input()
        return self.load(path)

def numbers():
    yield 1

def nothing(a):
    return None
'''


def facts(marker: str) -> FunctionFacts:
    return facts_of(function_at(TEXT, TEXT.index(marker)))


def test_a_method_with_all_of_it() -> None:
    found = facts("global CACHE")
    assert found.returns_value
    assert not found.yields
    assert found.raises == (
        RaisedError(name="ValueError", condition="not path", message="no path"),
        RaisedError(name="errors.Unreadable"),
    )
    assert found.calls == ("range", "ValueError", "open", "file.read", "errors.Unreadable", "KeyError", "print")
    assert found.calls_itself
    assert (found.prints, found.asks, found.touches_files) == (True, False, True)
    assert found.globals_changed == ("CACHE",)
    assert found.branches == 3


def test_what_gives_nothing_and_what_gives_one_after_the_other() -> None:
    assert facts("yield").yields
    assert not facts("yield").returns_value
    assert facts("return None") == FunctionFacts(
        returns_value=False,
        yields=False,
        raises=(),
        calls=(),
        calls_itself=False,
        branches=0,
        prints=False,
        asks=False,
        touches_files=False,
        globals_changed=(),
    )
