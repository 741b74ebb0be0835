"""Edits of worktrees that nobody committed, as they are written."""

from __future__ import annotations

from tests.integration.conflicts.watching.conftest import LINES, Make, changed


async def test_two_edits_of_one_line_are_a_conflict(make: Make) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    look = await bench.conflict("l", "r")
    assert [(each.conflict_type, each.context["path"]) for each in look.conflicts] == [("edit", "a.txt")]


async def test_a_conflict_that_is_taken_back_goes(make: Make) -> None:
    bench = await make()
    left, right = await bench.side("l"), await bench.side("r")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    (right / "a.txt").write_text(changed(LINES, 20, "right"))
    await bench.conflict("l", "r")
    (left / "a.txt").write_text(LINES)
    await bench.clean("l", "r")


async def test_the_target_that_moves_is_a_side(make: Make) -> None:
    bench = await make()
    left = await bench.side("l")
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    await bench.watch.target(bench.commit({"a.txt": changed(LINES, 20, "theirs")}))
    look = await bench.conflict("l", "target")
    assert look.conflicts[0].context["path"] == "a.txt"


async def test_finished_work_is_held_against_a_worktree(make: Make) -> None:
    bench = await make()
    base = bench.base
    work = bench.commit({"a.txt": changed(LINES, 20, "done")})
    left = bench.worktree("l", base)
    await bench.watch.add_work("w", work, base)
    await bench.watch.add("l", left, base)
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    await bench.conflict("l", "w")


async def test_an_edit_of_what_the_target_has_changed_before_is_seen(make: Make) -> None:
    bench = await make()
    left, done = await bench.side("l"), await bench.side("done")
    (done / "a.txt").write_text(changed(LINES, 20, "theirs"))
    await bench.watch.quiet()
    await bench.watch.target(bench.commit({"a.txt": changed(LINES, 20, "theirs")}))
    await bench.watch.remove("done")
    await bench.watch.quiet()
    (left / "a.txt").write_text(changed(LINES, 20, "left"))
    await bench.conflict("l", "target")
