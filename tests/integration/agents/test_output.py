"""Following what an agent prints, while it prints."""

import asyncio
import os
import signal

from headway.agents import process
from headway.agents.output import OutputReader, follow, tail
from tests.integration.agents.launching import launcher_pid, printed, python, ready, run, shell, started


async def collect(directory, stream: str = "out") -> bytes:
    return b"".join([data async for data in follow(directory, stream)])


async def test_a_follower_gets_everything_and_ends_with_the_agent(attempt):
    process.launch(attempt, shell("for i in 1 2 3; do echo $i; sleep 0.1; done; printf end"))
    assert await collect(attempt) == b"1\n2\n3\nend"


async def test_a_follower_may_come_before_the_agent(attempt):
    following = asyncio.create_task(collect(attempt, "err"))
    await asyncio.sleep(0)
    process.launch(attempt, shell("echo 1; echo 2 >&2"))
    assert await following == b"2\n"


async def test_a_follower_may_come_after_the_end(attempt):
    await run(attempt, shell("echo 1"))
    assert await collect(attempt) == b"1\n"


async def test_a_follower_gets_each_line_while_the_agent_goes_on(attempt, tmp_path):
    go = tmp_path / "go"
    process.launch(attempt, shell(f"echo 1; until [ -e {go} ]; do sleep 0.02; done; echo 2"))
    pieces = follow(attempt)
    assert await anext(pieces) == b"1\n"
    go.touch()
    assert await anext(pieces) == b"2\n"
    assert [piece async for piece in pieces] == []


async def test_a_follower_ends_when_the_launcher_was_killed(attempt):
    process.launch(attempt, shell("echo 1; exec sleep 1000"))
    await ready(attempt)
    following = asyncio.create_task(collect(attempt))
    os.kill(launcher_pid(attempt), signal.SIGKILL)
    assert await following == b"1\n"


async def test_a_follower_is_told_what_a_flood_cost(attempt):
    process.launch(
        attempt, python("import os\nfor _ in range(500): os.write(1, b'x' * 65536)", log_cap=1 << 20)
    )
    await process.wait(attempt)
    got = await collect(attempt)
    size = 500 * 65536
    kept = printed(attempt)
    assert b"\n[%d bytes of output were not kept]\n" % (size - len(kept)) in got
    assert got.count(b"x") == len(kept)
    assert any("were not kept" in line for line in tail(attempt, 10))


async def test_a_reader_keeps_up_with_segments_that_come_and_go(attempt):
    process.launch(
        attempt, python("import os\nfor _ in range(300): os.write(1, b'x' * 65536)", log_cap=1 << 16)
    )
    reader, got = OutputReader(attempt), 0
    await started(attempt)
    while process.state_of(attempt) is process.LaunchState.RUNNING:
        got += len(reader.read())
        await asyncio.sleep(0)
    while data := reader.read():
        got += len(data)
    assert got + reader.skipped == 300 * 65536
