"""Progress lines: how often, and what they say."""

from codex_lsp.evaluation.remaining import Progress


def test_it_tells_now_and_then_and_at_the_end() -> None:
    now, told = 0.0, list[str]()
    progress = Progress("samples", 104, told.append, known=4, clock=lambda: now)
    for _ in range(100):
        now += 1.0
        progress.step()
    assert told[0] == "samples: 4 of 104 were there"
    # What was there before counts for no rate.
    assert told[1] == "samples: 9 of 104, 1.0 a second, 1 min 35 s left"
    assert told[-1] == "samples: 104 of 104, 1.0 a second, 1 min 40 s"
    assert len(told) == 21


def test_it_tells_less_often_the_longer_it_takes() -> None:
    now, told = 0.0, list[str]()
    progress = Progress("samples", 100, told.append, clock=lambda: now)
    for _ in range(100):
        now += 100.0
        progress.step()
    assert len(told) < 60
    assert "2 h 36 min left" in told[5]
