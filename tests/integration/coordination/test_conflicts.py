"""Conflicts between agents at work: seen while they are typed, settled by one going again from the other's work."""

import asyncio

import headway
from headway.nouns import Cause, ConflictState, Outcome, Priority, ResolutionState, Ticket
from tests.integration.coordination.conftest import Place


def edit(line: int, to: str) -> str:
    """The shell command that changes one line of the list."""
    return f"sed -i '{line}s/.*/{to}/' list.txt"


def until_kept(ticket: str) -> str:
    """Wait until a ticket's first work is kept: its agent was stopped."""
    return f"while ! git rev-parse -q --verify refs/headway/r1/{ticket}/1 > /dev/null; do sleep 0.05; done"


def wait_for(*names: str) -> str:
    return "".join(f"while [ ! -e $OTHERS/{name} ]; do sleep 0.02; done; " for name in names)


async def two_at_once(place: Place, a: str, b: str, **options: object) -> headway.RunResult:
    """Run A and B, which begin together; what each does then is given. Each says when it is there."""
    meet = f"export OTHERS={place.folder}; touch $OTHERS/here-$HEADWAY_TICKET; {wait_for('here-A', 'here-B')}"
    plan = {"A": [f"{meet} {a}", options.pop("again_a", a)], "B": [f"{meet} {b}", options.pop("again_b", b)]}
    async with asyncio.timeout(90):
        return await place.run(plan, **options)


async def test_of_two_that_write_the_same_lines_one_goes_again_from_the_others_work(place):
    result = await two_at_once(
        place,
        f"{edit(3, 'from A')}; {until_kept('B')}",
        f"{edit(3, 'from B')}; sleep 60",
        again_b="grep -q 'from A' list.txt; sed -i '3s/$/ and B/' list.txt",
    )
    assert (result.landed, result.attempts, result.exit_status) == (2, 3, 0)
    assert "from A and B\n" in place.show("list.txt")
    with place.store() as store:
        first, second = store.attempts("r1", "B")
        [record] = store.conflicts("r1")
        [resolution] = store.resolutions("r1")
        assert store.orders("r1") == []
    assert (first.outcome, second.cause) == (Outcome.YIELDED, Cause.CONFLICT)
    assert place.git("show", f"{first.work}:list.txt").splitlines()[2] == "from B", "its work is kept"
    assert record.conflict.context["path"] == "list.txt"
    assert record.state.is_over
    assert (resolution.conflict, resolution.state) == (record.id, ResolutionState.SUCCEEDED)
    [told] = place.told("conflict.standing")
    assert sorted(told.data["between"]) == ["A", "B"]
    place.assert_sound()


async def test_the_lower_priority_goes_again_though_it_was_first(place):
    tickets = [
        Ticket(id="A", title="A", priority=Priority.LOW),
        Ticket(id="B", title="B", priority=Priority.HIGH),
    ]
    result = await two_at_once(
        place,
        f"{edit(3, 'from A')}; sleep 60",
        f"{edit(3, 'from B')}; {until_kept('A')}",
        again_a="grep -q 'from B' list.txt; sed -i '3s/$/ and A/' list.txt",
        tickets=tickets,
    )
    assert (result.landed, result.attempts) == (2, 3)
    assert "from B and A\n" in place.show("list.txt")
    [settled] = place.told("conflict.settled")
    assert settled.ticket == "A"
    place.assert_sound()


async def test_one_that_collides_with_what_has_landed_goes_again_from_there(place):
    result = await two_at_once(
        place,
        edit(3, "from A"),
        f"while ! git log main --format=%s | grep -q A; do sleep 0.05; done; {edit(3, 'from B')}; sleep 60",
        again_b="grep -q 'from A' list.txt; sed -i '3s/$/ and B/' list.txt",
    )
    assert (result.landed, result.attempts) == (2, 3)
    assert "from A and B\n" in place.show("list.txt")
    with place.store() as store:
        between = [record.conflict.involved_agents for record in store.conflicts("r1")]
    assert ("B", "target") in between
    place.assert_sound()


async def test_two_that_write_different_lines_are_left_alone(place):
    result = await two_at_once(place, edit(3, "from A"), edit(17, "from B"))
    assert (result.landed, result.attempts) == (2, 2)
    assert place.told("conflict.standing") == []
    place.assert_sound()


async def test_a_conflict_that_goes_by_itself_is_told_as_gone(place):
    gate = place.gate("both")
    plan = {
        "A": f"{edit(3, 'from A')}; {gate.script}",
        "B": f"{edit(3, 'from B')}; {gate.script}; git checkout -q list.txt; {edit(9, 'B')}",
    }
    handle = place.start(plan)
    await place.until(handle, "conflict.standing")
    gate.open()
    async with asyncio.timeout(60):
        result = await place.watch(handle)
    assert result.landed == 2
    with place.store() as store:
        states = {record.state for record in store.conflicts("r1")}
    assert states <= {ConflictState.GONE, ConflictState.RESOLVED}
    place.assert_sound()


async def test_switched_off_nothing_is_seen_and_the_second_to_land_goes_again(place):
    place.commit("headway.toml", "[conflicts]\nwatch = false\n")
    result = await two_at_once(place, edit(3, "from A"), edit(3, "from B"), again_a="true", again_b="true")
    assert result.attempts >= 3
    assert place.told("conflict.standing") == []
