"""What merges as text and breaks as a program, between worktrees."""

from __future__ import annotations

from tests.integration.conflicts.watching.conftest import Make

FILES = {
    "shop/__init__.py": "",
    "shop/store.py": "def open_store(path):\n    return path\n\n\ndef close_store(store):\n    return store\n",
    "shop/till.py": "def total(prices):\n    return sum(prices)\n",
}


async def test_a_use_of_what_the_other_side_has_renamed(make: Make) -> None:
    bench = await make(FILES)
    left, right = await bench.side("l"), await bench.side("r")
    (left / "shop/store.py").write_text(FILES["shop/store.py"].replace("open_store", "open_shop"))
    (right / "shop/till.py").write_text(
        "from shop.store import open_store\n\n\n" + FILES["shop/till.py"] + "\n\nSTORE = open_store('x')\n"
    )
    look = await bench.conflict("l", "r")
    assert {(each.conflict_type, each.context["type"]) for each in look.conflicts} == {("symbol", "renamed")}


async def test_it_goes_when_the_old_name_is_back(make: Make) -> None:
    bench = await make(FILES)
    left, right = await bench.side("l"), await bench.side("r")
    (left / "shop/store.py").write_text(FILES["shop/store.py"].replace("open_store", "open_shop"))
    (right / "shop/till.py").write_text("from shop.store import open_store\n\nSTORE = open_store('x')\n")
    await bench.conflict("l", "r")
    (left / "shop/store.py").write_text(FILES["shop/store.py"])
    await bench.clean("l", "r")


async def test_a_use_of_what_the_target_has_removed(make: Make) -> None:
    bench = await make(FILES)
    left = await bench.side("l")
    (left / "shop/till.py").write_text("from shop.store import close_store\n\nclose_store(1)\n")
    await bench.watch.target(
        bench.commit({"shop/store.py": "def open_store(path):\n    return path\n"}, "fewer")
    )
    look = await bench.conflict("l", "target")
    assert look.conflicts[0].conflict_type == "symbol"


async def test_symbols_are_left_alone_where_nobody_wants_them(make: Make) -> None:
    bench = await make(FILES, symbols=False)
    left, right = await bench.side("l"), await bench.side("r")
    (left / "shop/store.py").write_text(FILES["shop/store.py"].replace("open_store", "open_shop"))
    (right / "shop/till.py").write_text("from shop.store import open_store\n\nSTORE = open_store('x')\n")
    await bench.watch.quiet()
    assert bench.history == []
