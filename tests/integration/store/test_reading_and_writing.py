from collections.abc import Iterator
from dataclasses import replace

import pytest

from headway.errors import StoreMissing
from headway.nouns import Fence, Progress, RequestKind, Slot, SlotState, Ticket, TicketState
from headway.store.reader import Reader, open_reader
from headway.store.store import Store
from tests.integration.store.nouns_at_hand import PROGRESS, RUN, TICKET, attempt, landing


@pytest.fixture(params=["store", "reader"])
def reading(request: pytest.FixtureRequest, store: Store, url: str) -> Iterator[Reader]:
    """The two that can read: the store itself, and the light reader beside it."""
    if request.param == "store":
        yield store
    else:
        with open_reader(url) as reader:
            yield reader


def test_runs_come_in_the_order_of_their_start(store: Store, reading: Reader) -> None:
    with store.write(None) as writer:
        for number in (2, 10, 1, 9):  # the clock was set back meanwhile
            writer.save_run(replace(RUN, id=f"r{number}", started_at=100.0 - number))
    assert [run.id for run in reading.runs()] == ["r1", "r2", "r9", "r10"]
    latest = reading.latest_run()
    assert latest is not None
    assert latest.id == "r10"


def test_progress_comes_in_the_order_of_the_tickets_file(store: Store, reading: Reader) -> None:
    with store.write(None) as writer:
        for position, id_ in enumerate(["b", "A", "ä", "a"]):
            writer.save_progress(replace(PROGRESS, ticket=replace(TICKET, id=id_), position=position))
    assert [p.ticket.id for p in reading.progress("r1")] == ["b", "A", "ä", "a"]


def test_attempts_come_by_ticket_and_number(store: Store, reading: Reader) -> None:
    wanted = [("B", 1), ("a", 1), ("a", 2), ("a", 10), ("é", 1)]
    with store.write(None) as writer:
        for ticket, number in reversed(wanted):
            writer.save_attempt(attempt(ticket, number))
        writer.save_attempt(attempt("a", 3, run="r2"))
    assert [(a.ticket, a.number) for a in reading.attempts("r1")] == wanted
    assert [a.number for a in reading.attempts("r1", "a")] == [1, 2, 10]
    assert reading.attempt("r1", "a", 10) == attempt("a", 10)


def test_landings_come_in_the_order_in_which_they_were_queued(store: Store, reading: Reader) -> None:
    with store.write(None) as writer:
        for ticket, at in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
            writer.save_landing(landing(ticket, queued_at=at))
    assert [x.ticket for x in reading.landings("r1")] == ["b", "c", "a"]
    assert reading.landings("r1", "c") == [landing("c", queued_at=2.0)]
    assert reading.landing("r1", "c", 1) == landing("c", queued_at=2.0)


def test_slots_come_by_id_until_they_are_deleted(store: Store, reading: Reader) -> None:
    slots = [Slot(id=id_, path=f"/w/{id_}", state=SlotState.FREE) for id_ in (1, 2, 10)]
    with store.write(None) as writer:
        for slot in reversed(slots):
            writer.save_slot(slot)
    assert reading.slots() == slots
    with store.write(None) as writer:
        writer.delete_slot(2)
    assert reading.slots() == [slots[0], slots[2]]


def test_events_are_found_by_run_ticket_kind_and_place(store: Store, reading: Reader) -> None:
    with store.write(None) as writer:
        first = writer.record("run.started", at=1.0, run="r1", agents=4)
        second = writer.record("ticket.landed", at=2.0, run="r1", ticket="T-1", attempt=1)
        third = writer.record("ticket.failed", at=3.0, run="r1", ticket="T-2")
        other = writer.record("run.started", at=4.0, run="r2")
    assert reading.events() == [first, second, third, other]
    assert reading.events("r1") == [first, second, third]
    assert reading.events("r1", "T-1") == [second]
    assert reading.events(after=second.seq) == [third, other]
    assert reading.events(kinds={"run.started"}) == [first, other]
    assert reading.events(kinds=()) == []
    assert reading.events(limit=2) == [first, second]
    assert first.data == {"agents": 4}


def test_what_is_not_there_is_none_or_empty(reading: Reader) -> None:
    nothing = (
        reading.run("r9"),
        reading.latest_run(),
        reading.progress_of("r9", "T"),
        reading.attempt("r9", "T", 1),
        reading.landing("r9", "T", 1),
        reading.lease(),
    )
    assert nothing == (None,) * 6
    assert reading.runs() == reading.slots() == reading.events() == reading.requests() == []


def test_a_save_takes_the_place_of_the_one_before(store: Store, fence: Fence, reading: Reader) -> None:
    for state in (TicketState.WAITING, TicketState.RUNNING):
        with store.write(fence) as writer:
            writer.save_progress(replace(PROGRESS, state=state))
    assert reading.progress("r1") == [replace(PROGRESS, state=TicketState.RUNNING)]


def test_a_ticket_that_differs_is_saved_again(store: Store, fence: Fence, reading: Reader) -> None:
    changed = replace(PROGRESS, ticket=replace(TICKET, title="Another"))
    for progress in (PROGRESS, changed):
        with store.write(fence) as writer:
            writer.save_progress(progress)
    assert reading.progress("r1") == [changed]


def test_a_ticket_whose_write_was_rolled_back_is_saved_by_the_next(store: Store, fence: Fence) -> None:
    with pytest.raises(ZeroDivisionError), store.write(fence) as writer:
        writer.save_progress(PROGRESS)
        raise ZeroDivisionError
    with store.write(fence) as writer:
        writer.save_progress(PROGRESS)
    assert store.progress("r1") == [PROGRESS]


def test_a_block_that_raises_writes_nothing(store: Store, fence: Fence) -> None:
    before = store.change_counter()
    with pytest.raises(KeyboardInterrupt), store.write(fence) as writer:
        writer.save_run(RUN)
        writer.record("run.started", at=1.0, run="r1")
        raise KeyboardInterrupt
    assert (store.runs(), store.events(), store.change_counter()) == ([], [], before)


def test_a_store_reads_what_its_own_open_write_wrote_and_others_do_not(store: Store, url: str) -> None:
    with open_reader(url) as reader, store.write(None) as writer:
        writer.save_run(RUN)
        assert store.runs() == [RUN]
        assert reader.runs() == []


def test_a_reader_sees_what_was_committed_since(store: Store, url: str) -> None:
    with open_reader(url) as reader:
        assert reader.runs() == []
        with store.write(None) as writer:
            writer.save_run(RUN)
        assert reader.runs() == [RUN]


def test_the_change_counter_grows_with_each_write_and_not_with_a_renewal(
    store: Store, fence: Fence, reading: Reader
) -> None:
    before = reading.change_counter()
    store.renew_lease(fence, now=1010.0)
    with store.write(fence):
        pass
    assert reading.change_counter() == before
    with store.write(fence) as writer:
        writer.save_run(RUN)
    assert reading.change_counter() == before + 1
    store.ask(RequestKind.DRAIN, at=1.0)
    assert reading.change_counter() == before + 2


def test_a_request_is_there_until_it_is_taken_and_its_number_is_not_given_again(
    store: Store, fence: Fence, reading: Reader
) -> None:
    first = store.ask(RequestKind.CANCEL, at=1.0, ticket="T-1")
    second = store.ask(RequestKind.DRAIN, at=2.0)
    assert reading.requests() == [first, second]
    with store.write(fence) as writer:
        writer.take_request(second.id)
        writer.take_request(second.id)
    assert reading.requests() == [first]
    assert store.ask(RequestKind.KILL, at=3.0).id > second.id


def test_a_write_within_a_write_is_refused(store: Store) -> None:
    with store.write(None) as writer:
        writer.save_run(RUN)
        with pytest.raises(RuntimeError, match="write within a write"), store.write(None):
            pass
    assert store.runs() == [RUN]


def test_threads_take_turns(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        with store.write(None) as writer:
            writer.save_run(replace(RUN, id=f"r{number}"))
            assert store.run(f"r{number}") is not None

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(1, 41)))
    assert [run.id for run in store.runs()] == [f"r{number}" for number in range(1, 41)]


def test_what_a_coordinator_wrote_is_there_when_the_store_is_opened_again(url: str) -> None:
    progress = [
        Progress(run="r1", ticket=Ticket(id=f"T-{n}", title="t"), state=TicketState.WAITING, position=n)
        for n in range(3)
    ]
    with Store.open(url) as store, store.write(None) as writer:
        for p in progress:
            writer.save_progress(p)
    with Store.open(url) as store:
        assert store.progress("r1") == progress


def test_a_reader_finds_no_store_where_none_was_made(url: str) -> None:
    with pytest.raises(StoreMissing) as raised:
        open_reader(url)
    assert "headway run" in raised.value.mend
