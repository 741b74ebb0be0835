"""Signs of life of an agent's processes."""

import socket

from headway.agents import process
from headway.agents.activity import Activity, activity
from tests.integration.agents.launching import python, ready, run, shell, started, until

NOTHING = Activity(cpu_seconds=0.0, processes=0, connections=None)


async def test_the_processes_of_an_agent_are_counted(attempt):
    process.launch(attempt, shell("sleep 1000 & setsid sleep 1000 & exec sleep 1000"))
    await until(lambda: activity(attempt).processes == 3)


async def test_cpu_time_of_the_whole_tree_grows(attempt):
    process.launch(attempt, shell("(while :; do :; done) & setsid sh -c 'while :; do :; done' & sleep 1000"))
    await started(attempt)
    await until(lambda: activity(attempt).cpu_seconds > 0.3)


async def test_cpu_time_of_what_has_ended_stays(attempt):
    process.launch(
        attempt,
        python("""
            import subprocess, sys, time
            subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.3: pass"])
            print("ready", flush=True)
            time.sleep(1000)
        """),
    )
    await ready(attempt)
    assert activity(attempt).cpu_seconds > 0.25  # whole ticks only


async def test_an_idle_agent_uses_next_to_nothing(attempt):
    process.launch(attempt, shell("exec sleep 1000"))
    await started(attempt)
    assert activity(attempt).cpu_seconds < 0.1


async def test_established_connections_are_counted_when_asked_for(attempt):
    with socket.create_server(("127.0.0.1", 0)) as server:
        process.launch(
            attempt,
            python(
                """
                import socket, sys, time
                held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(2)]
                time.sleep(1000)
                """,
                str(server.getsockname()[1]),
            ),
        )
        await until(lambda: activity(attempt, connections=True).connections == 2)
        assert activity(attempt).connections is None


async def test_what_does_not_run_shows_no_sign(attempt):
    assert activity(attempt) == NOTHING
    process.prepare(attempt, shell("true"))
    assert activity(attempt) == NOTHING
    await run(attempt, shell("true"))
    assert activity(attempt) == NOTHING
    assert activity(attempt, connections=True).connections == 0
