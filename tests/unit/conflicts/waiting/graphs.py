"""Generated wait-for graphs, and what is true of them by definition."""

from hypothesis import strategies as st

from headway.conflicts.waiting import Wait, WaitGraph, WaitKind

KINDS = [
    WaitKind.DEPENDENCY,
    WaitKind.START_ORDER,
    WaitKind.LAND_ORDER,
    WaitKind.LEASE,
    WaitKind.LANDING,
    WaitKind.ANSWER,
]


def wait(waiter: str, holder: str, kind: WaitKind = WaitKind.LEASE, what: str = "", **fields: object) -> Wait:
    if kind is WaitKind.LEASE:
        what = what or "path:a.py"
    if kind.is_counted:
        holder, what = "", kind.value
    return Wait(waiter=waiter, holder=holder, kind=kind, what=what, **fields)


@st.composite
def waits(draw: st.DrawFn, most: int = 7, counted: bool = True) -> tuple[list[str], list[Wait]]:
    """Who has a slot, and waits in the order in which they come."""
    names = [f"T{n}" for n in range(draw(st.integers(2, most)))]
    holders = draw(st.lists(st.sampled_from(names), max_size=3, unique=True)) if counted else []
    kinds = st.sampled_from([*KINDS, WaitKind.SLOT] if holders else KINDS)
    found: list[Wait] = []
    for _ in range(draw(st.integers(0, 14))):
        waiter, holder = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        kind = draw(kinds)
        if kind is WaitKind.ANSWER:
            found.append(wait(waiter, "E-1", kind))
        elif kind is WaitKind.SLOT:
            if waiter not in holders:
                found.append(wait(waiter, "", kind))
        elif waiter != holder:
            what = (
                draw(st.sampled_from(["path:a.py", "path:b.py", "port:80"])) if kind is WaitKind.LEASE else ""
            )
            found.append(wait(waiter, holder, kind, what))
    return holders, list(dict.fromkeys(found))


def graph_of(holders: list[str], found: list[Wait]) -> WaitGraph:
    graph = WaitGraph()
    graph.share("slot", holders)
    for each in found:
        graph.insert(each)
    return graph


def stuck_by_definition(holders: list[str], found: list[Wait]) -> set[str]:
    """Tickets that do not get on, whoever goes first: everybody whose waits are over does a step, again and again."""
    names = (
        {w.waiter for w in found} | {w.holder for w in found if w.kind is not WaitKind.ANSWER} | {*holders}
    )
    worked: set[str] = set()
    landed: set[str] = set()

    def is_over(each: Wait) -> bool:
        if each.kind is WaitKind.ANSWER:
            return True  # a person answers at last
        if each.kind.is_counted:
            return not holders or any(h in worked for h in holders)
        return each.holder in (worked if each.is_until_work_ends else landed)

    while True:
        before = len(worked) + len(landed)
        for name in names:
            mine = [w for w in found if w.waiter == name]
            if all(is_over(w) for w in mine if not w.kind.blocks_landing):
                worked.add(name)
            if name in worked and all(is_over(w) for w in mine):
                landed.add(name)
        if len(worked) + len(landed) == before:
            return {name for name in names if name and name not in landed}
