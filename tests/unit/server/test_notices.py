from collections.abc import Callable

from codex_lsp.server.notices import MAX_PROBLEMS, Notices


def notices() -> tuple[Notices, list[str]]:
    said: list[str] = []

    def teller(kind: str) -> Callable[[str], None]:
        return lambda text: said.append(f"{kind} {text}")

    return Notices(teller("error"), teller("warning"), teller("info")), said


def test_a_failure_is_said_once_until_something_worked() -> None:
    teller, said = notices()
    for reason in ("down", "down", "full", "down"):
        teller.failed(reason)
    assert said == ["error down", "error full"]
    teller.worked()
    teller.failed("down")
    assert said == ["error down", "error full", "error down"]


def test_problems_with_settings_are_said_when_they_are_new() -> None:
    teller, said = notices()
    teller.found_in_settings(["one"])
    teller.found_in_settings(["one", "two"])
    teller.found_in_settings([])
    teller.found_in_settings(["one"])
    assert said == ["warning one", "warning two", "warning one"]


def test_many_problems_are_summed_up() -> None:
    teller, said = notices()
    teller.found_in_settings([str(number) for number in range(MAX_PROBLEMS + 3)])
    assert len(said) == MAX_PROBLEMS + 1
    assert said[-1].startswith("warning 3 more")


def test_a_model_without_log_probabilities_is_said_once() -> None:
    teller, said = notices()
    for model in ("small", "small", "large", "small"):
        teller.not_ranked(model)
        teller.worked()
    assert [text.split()[:2] for text in said] == [["info", "`small`"], ["info", "`large`"]]


def test_a_lost_document_is_told() -> None:
    said: list[str] = []
    notices = Notices(said.append, said.append, said.append)
    notices.document_lost("src/app.py")
    (message,) = said
    assert "src/app.py" in message


def test_an_adapter_that_is_left_out_is_a_warning() -> None:
    teller, said = notices()
    teller.adapter_left_out("adapter /data/shop: no manifest.json there")
    assert said == ["warning adapter /data/shop: no manifest.json there. Completion goes on without it"]
