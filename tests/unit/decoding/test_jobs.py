"""Whose step is next for the model's thread."""

from collections.abc import Callable, Iterator

from codex_lsp.decoding.jobs import MOST_BEGUN, MOST_CLIENTS, Job, Jobs, contenders
from codex_lsp.types import Priority

Cancelled = Callable[[], bool]


class Desk:
    """Jobs that write their name down at each of their steps, and as `NAME!` when they see that they are cancelled."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.log: list[str] = []
        self.ended: list[str] = []

    def put(
        self,
        name: str,
        document: str | None = None,
        *,
        steps: int = 1,
        tenant: str | None = None,
        client: str | None = None,
        idle: bool = False,
    ) -> Job:
        def run(cancelled: Cancelled) -> Iterator[None]:
            for _ in range(steps):
                if cancelled():
                    self.log.append(f"{name}!")
                    return
                self.log.append(name)
                yield
            self.ended.append(name)

        priority = Priority.BACKGROUND if idle else Priority.TYPING
        job = Job(
            run=run,
            abandon=lambda: self.log.append(f"-{name}"),
            document=document,
            priority=priority,
            tenant=tenant,
            client=client,
        )
        self.jobs.put(job)
        return job

    def steps(self, count: int) -> str:
        self.log.clear()
        for _ in range(count):
            self.jobs.step()
        return " ".join(self.log)

    def worked(self) -> str:
        self.log.clear()
        self.jobs.work()
        return " ".join(self.log)


def test_documents_take_turns_step_by_step() -> None:
    desk = Desk()
    for name in ("a", "b", "c"):
        desk.put(name, name, steps=3)
    assert desk.worked() == "a b c a b c a b c"


def test_who_comes_later_does_not_wait_for_the_end_of_who_came_before() -> None:
    desk = Desk()
    desk.put("long", "a", steps=100)
    desk.steps(10)
    desk.put("short", "b", steps=2)
    # That a job is at its end is seen at its next turn.
    assert desk.steps(6) == "short long short long long"
    assert desk.ended == ["short"]


def test_newer_typing_of_a_document_is_stepped_first_and_the_older_then_goes_on() -> None:
    desk = Desk()
    desk.put("a1", "a", steps=3)
    desk.steps(1)
    desk.put("a2", "a", steps=2)
    desk.put("b", "b", steps=1)
    assert desk.worked().replace("b ", "") == "a2 a2 a1 a1"
    assert desk.ended == ["b", "a2", "a1"]


def test_what_waits_without_a_document_is_done_in_order_of_arrival() -> None:
    desk = Desk()
    for name in ("c1", "c2", "c3"):
        desk.put(name)
    assert desk.worked() == "c1 c2 c3"


def test_a_tenant_has_no_more_turns_for_asking_more() -> None:
    desk = Desk()
    for place in range(6):
        desk.put("many", f"document {place}", steps=4, tenant="0")
    desk.put("one", "document", steps=4, tenant="1")
    assert desk.steps(8).split() == ["many", "one"] * 4


def test_documents_of_the_same_name_of_two_tenants_are_two() -> None:
    desk = Desk()
    desk.put("mine", "main.py", steps=2, tenant="0")
    desk.put("theirs", "main.py", steps=2, tenant="1")
    assert desk.worked() == "mine theirs mine theirs"


def test_background_work_is_done_when_nobody_waits() -> None:
    desk = Desk()
    desk.put("later", "a", steps=3, idle=True)
    desk.put("last", "b", steps=2, idle=True)
    assert desk.steps(1) == "later"
    desk.put("now", "a", steps=2)
    # One after the other: a second one that is begun would only hold memory.
    assert desk.worked() == "now now later later last last"


def test_cancelled_work_that_was_not_begun_never_is() -> None:
    desk = Desk()
    desk.put("gone").cancelled.set()
    desk.put("wanted")
    assert desk.worked() == "wanted"


def test_cancelled_work_that_was_begun_takes_no_further_step() -> None:
    desk = Desk()
    gone = desk.put("gone", "a", steps=100)
    desk.put("wanted", "b", steps=2)
    desk.steps(2)
    gone.cancelled.set()
    assert desk.worked() == "gone! wanted"


def test_only_so_many_are_begun_at_once() -> None:
    desk = Desk()
    for place in range(MOST_BEGUN + 2):
        desk.put(str(place), f"document {place}", steps=2)
    first = [str(place) for place in range(MOST_BEGUN)]
    rest = [str(place) for place in range(MOST_BEGUN, MOST_BEGUN + 2)]
    done = desk.worked().split()
    assert done[: MOST_BEGUN + 1] == [*first, "0"]
    assert sorted(done) == sorted([*first, *rest] * 2)
    assert sorted(desk.ended) == sorted([*first, *rest])


def test_many_long_answers_of_a_tenant_keep_no_other_waiting() -> None:
    desk = Desk()
    for place in range(MOST_BEGUN):
        desk.put("a", f"document {place}", steps=100, tenant="one")
    desk.steps(MOST_BEGUN)
    desk.put("b", "document", steps=100, tenant="two")
    assert desk.steps(4).split() == ["b", "a"] * 2


def test_many_answers_of_a_process_keep_no_other_waiting() -> None:
    desk = Desk()
    for place in range(200):
        desk.put("a", f"document {place}", steps=100, client="one")
    desk.steps(2 * MOST_BEGUN)
    desk.put("b", "document", steps=100, client="two")
    assert desk.steps(6).split() == ["b", "a"] * 3


def test_the_processes_of_a_tenant_share_its_turns() -> None:
    desk = Desk()
    for client in ("one", "two"):
        desk.put(client, "document", steps=8, tenant="team", client=client)
    desk.put("other", "document", steps=8, tenant="guest", client="one")
    assert desk.steps(8).split() == ["one", "other", "two", "other"] * 2


def test_invented_clients_do_not_fill_the_memory() -> None:
    desk = Desk()
    for place in range(2 * MOST_CLIENTS):
        desk.put(str(place), steps=100, client=str(place))
    assert set(desk.steps(4 * MOST_CLIENTS).split()) == {str(place) for place in range(MOST_CLIENTS)}


def test_the_end_cancels_what_is_begun_and_abandons_what_waits() -> None:
    desk = Desk()
    desk.put("begun", "a", steps=9)
    desk.steps(1)
    desk.put("waiting", "b")
    desk.log.clear()
    desk.jobs.end()
    desk.jobs.work()
    assert desk.log == ["-waiting", "begun!"]


def test_work_that_raises_leaves_the_desk_in_order() -> None:
    desk = Desk()

    def run(_: Cancelled) -> Iterator[None]:
        yield
        raise KeyError

    desk.jobs.put(Job(run=run, abandon=lambda: None))
    desk.put("next", steps=3)
    assert desk.worked() == "next next next"


def test_nothing_is_next_of_nothing() -> None:
    assert contenders([], {}) == []
    assert not Jobs().step()
