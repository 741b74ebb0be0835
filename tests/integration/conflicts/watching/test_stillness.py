"""When a conflict stands, what is told, and what is not told twice."""

from __future__ import annotations

from tests.integration.conflicts.watching.conftest import LINES, Bench, Make, changed

LONG = 1000.0


async def clash(bench: Bench) -> None:
    for name in ("l", "r"):
        top = await bench.side(name)
        (top / "a.txt").write_text(changed(LINES, 20, name))


async def test_a_conflict_forms_before_it_stands(make: Make) -> None:
    bench = await make(still_after=LONG)
    await clash(bench)
    look = await bench.conflict("l", "r", still=False)
    assert look.moving == {look.conflicts[0].conflict_id}


async def test_it_stands_once_both_tool_calls_have_ended(make: Make) -> None:
    bench = await make(still_after=LONG)
    await clash(bench)
    await bench.conflict("l", "r", still=False)
    bench.watch.ended("l")
    bench.watch.settled("r")
    assert (await bench.conflict("l", "r")).still


async def test_a_file_that_is_written_for_long_does_not_hold_up_another(make: Make) -> None:
    bench = await make(still_after=LONG)
    await clash(bench)
    bench.watch.ended("l")
    bench.watch.ended("r")
    await bench.conflict("l", "r")
    for name in ("l", "r"):
        (bench.root / name / "b.txt").write_text(changed(LINES, 5, name))
    await bench.until(lambda: len(bench.looks["l", "r"].conflicts) == 2)
    look = bench.looks["l", "r"]
    assert {each.context["path"] for each in look.conflicts if each.conflict_id in look.moving} == {"b.txt"}


async def test_work_that_changes_nothing_of_a_conflict_is_not_told(make: Make) -> None:
    bench = await make()
    await clash(bench)
    await bench.conflict("l", "r")
    told = len(bench.history)
    (bench.root / "l/other.txt").write_text("x\n")
    await bench.watch.quiet()
    assert len(bench.history) == told


async def test_what_an_agent_says_that_it_wrote_is_looked_at(make: Make) -> None:
    bench = await make(most_watches=0, scan_every=LONG, scan_share=1e-6)
    await clash(bench)
    for name in ("l", "r"):
        bench.watch.touched(name, ["a.txt", "../outside", ".git/config", "/etc/passwd"])
    await bench.conflict("l", "r")


async def test_a_half_written_file_that_is_finished_leaves_no_conflict(make: Make) -> None:
    bench = await make(still_after=LONG)
    left, right = await bench.side("l"), await bench.side("r")
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    (left / "a.txt").write_text(LINES[:50])
    await bench.conflict("l", "r", still=False)
    (left / "a.txt").write_text(changed(LINES, 30, "left"))
    await bench.clean("l", "r")
    assert all(look.moving for look in bench.history if look.conflicts)


async def test_a_conflict_keeps_its_id_and_when_it_was_seen(make: Make) -> None:
    bench = await make()
    await clash(bench)
    first = (await bench.conflict("l", "r")).conflicts[0]
    (bench.root / "l/b.txt").write_text(changed(LINES, 3, "l"))
    (bench.root / "r/b.txt").write_text(changed(LINES, 3, "r"))
    await bench.until(lambda: len(bench.looks["l", "r"].conflicts) == 2)
    again = next(each for each in bench.looks["l", "r"].conflicts if each.context["path"] == "a.txt")
    assert (again.conflict_id, again.timestamp) == (first.conflict_id, first.timestamp)


async def test_a_side_that_lands_is_told_as_clean_and_its_work_as_the_targets(make: Make) -> None:
    bench = await make()
    await clash(bench)
    await bench.conflict("l", "r")
    landed = bench.commit({"a.txt": changed(LINES, 20, "l")})
    await bench.watch.remove("l")
    await bench.watch.target(landed)
    await bench.clean("l", "r")
    await bench.conflict("r", "target")


async def test_an_old_base_is_no_conflict_with_those_that_have_the_new_one(make: Make) -> None:
    bench = await make()
    old = await bench.side("old")
    newer = bench.commit({"a.txt": changed(LINES, 20, "target")})
    await bench.watch.target(newer)
    new = await bench.side("new")
    (old / "a.txt").write_text(changed(LINES, 20, "old"))
    (new / "b.txt").write_text(changed(LINES, 20, "new"))
    await bench.conflict("old", "target")
    await bench.watch.quiet()
    assert ("new", "old") not in bench.looks


async def test_sides_of_different_bases_that_change_one_line_are_a_conflict(make: Make) -> None:
    bench = await make()
    old = await bench.side("old")
    await bench.watch.target(bench.commit({"b.txt": changed(LINES, 20, "target")}))
    new = await bench.side("new")
    (old / "a.txt").write_text(changed(LINES, 20, "old"))
    (new / "a.txt").write_text(changed(LINES, 20, "new"))
    await bench.conflict("new", "old")
    await bench.watch.quiet()
    assert {pair for pair, look in bench.looks.items() if look.conflicts} == {("new", "old")}


async def test_a_file_that_the_target_moved_is_found_by_those_who_edit_it_in_either_place(
    make: Make,
) -> None:
    bench = await make()
    old = await bench.side("old")
    await bench.watch.target(bench.commit({"a.txt": None, "moved.txt": LINES}))
    new = await bench.side("new")
    (old / "a.txt").write_text(changed(LINES, 20, "old"))
    (new / "moved.txt").write_text(changed(LINES, 20, "new"))
    look = await bench.conflict("new", "old")
    assert {each.context["path"] for each in look.conflicts} == {"moved.txt"}
