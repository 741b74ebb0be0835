"""Fleets that get in each other's way, on a held clock, helped by nothing but the rules: all of them land."""

from benchmarks.waiting.fleets import Fleet, fleets
from benchmarks.waiting.simulator import Simulator
from hypothesis import HealthCheck, given, settings


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(fleets())
def test_every_cycle_is_broken_nobody_starves_and_critical_ones_wait_no_longer_than_stated(
    fleet: Fleet,
) -> None:
    # The simulator asserts at every step: rounds, fairness, kept work, leases, patience; and that all land.
    seen = Simulator(fleet).run()
    assert seen.longest <= fleet.patience + 1e-3
