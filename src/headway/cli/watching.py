"""Looks on while another process keeps a run going."""

from __future__ import annotations

import time

from headway.cli.live import OutputGone, make_display
from headway.cli.places import Place
from headway.coordination.decide import exit_status
from headway.coordination.view import RunView
from headway.store.reader import Reader

#: How often it is looked whether the store has changed, in seconds; 0.05 ms each.
LOOK_EVERY = 0.25

#: How often a display is told the time, in seconds.
TICK = 1.0

#: Events of the past that it begins with.
LATEST = 5

NOBODY = "no coordinator is alive; its agents may be: headway resume finds them and goes on"


def watch(place: Place, reader: Reader, run_id: str, *, as_json: bool) -> int:
    """Show a run until it is over or nobody keeps it going; the run's exit status. Raises StoreError."""

    def read() -> RunView:
        run = reader.run(run_id)
        assert run is not None, "runs are never deleted"
        return place.view(reader, run)

    display = make_display(read, as_json=as_json)
    try:
        view = read()
        events = reader.events(run=run_id)
        seq = events[-1].seq if events else 0
        for event in events[-LATEST:]:
            display.take(event)
        counter = -1
        ticked = 0.0
        while view.is_kept_going:
            now = time.monotonic()
            if (changed := reader.change_counter()) != counter:
                counter = changed
                for event in reader.events(run=run_id, after=seq):
                    seq = event.seq
                    display.take(event)
            if now - ticked >= TICK:
                ticked = now
                display.tick()
                view = read()
            time.sleep(LOOK_EVERY)
        view = read()
        display.end(view)
        if not view.is_over and not as_json:
            display.note(NOBODY)
        return exit_status([row.progress for row in view.rows])
    except OutputGone:
        return 1
    finally:
        display.close()
