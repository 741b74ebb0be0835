"""How an agent's process begins: what it gets, and what is said when it cannot."""

import json
import os
import signal
from pathlib import Path

import pytest

from headway.agents import process
from headway.agents.records import ATTEMPT_DIR
from headway.nouns import Exit
from tests.integration.agents.launching import (
    ENVIRONMENT,
    launcher_pid,
    printed,
    python,
    run,
    shell,
    spec,
    started,
)


def script(path: Path, text: str, mode: int = 0o755) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def says(exit_: Exit, *words: str) -> None:
    """It was never started, and the message has all of this."""
    assert (exit_.status, exit_.how) == (None, "unstartable")
    for word in words:
        assert word in exit_.message


async def test_the_exit_status_is_told(attempt):
    exit_ = await run(attempt, shell("exit 3"))
    assert (exit_.status, exit_.how, exit_.message) == (3, "exited", "")


async def test_a_signal_that_ended_it_is_told(attempt):
    exit_ = await run(attempt, shell("kill -KILL $$"))
    assert (exit_.status, exit_.how) == (-signal.SIGKILL, "exited")


async def test_a_command_that_is_not_in_path_is_named_with_the_path(attempt):
    says(await run(attempt, spec("no-such-agent")), "no-such-agent: not found in PATH", ENVIRONMENT["PATH"])


async def test_a_path_that_is_not_there_is_named(attempt, tmp_path):
    says(await run(attempt, spec(f"{tmp_path}/agent")), f"{tmp_path}/agent: No such file")


async def test_a_file_that_is_not_executable_is_named(attempt, tmp_path):
    agent = script(tmp_path / "agent", "#!/bin/sh\n", mode=0o644)
    says(await run(attempt, spec(agent)), f"{agent}: Permission denied")


async def test_a_missing_interpreter_is_told_apart_from_a_missing_command(attempt, tmp_path):
    agent = script(tmp_path / "agent", "#!/no/such/interpreter\n")
    says(await run(attempt, spec(agent)), f"{agent}: No such file", "interpreter")


async def test_a_directory_is_no_command(attempt, tmp_path):
    says(await run(attempt, spec(str(tmp_path))), f"{tmp_path}: it is a directory")


async def test_a_script_without_a_first_line_is_told_so(attempt, tmp_path):
    agent = script(tmp_path / "agent", "exit 0\n")
    says(await run(attempt, spec(agent)), f"{agent}: Exec format error", "#!")


async def test_an_empty_command_is_told_so(attempt):
    says(await run(attempt, spec("")), "empty command")


async def test_a_nul_in_an_argument_is_told(attempt):
    says(await run(attempt, spec("echo", "a\0b")), "echo: embedded null byte")


async def test_an_argument_beyond_the_kernels_limit_is_told(attempt):
    says(await run(attempt, spec("echo", "x" * 200_000)), "echo: Argument list too long")


async def test_a_name_of_path_is_passed_over_for_one_that_can_be_started(attempt, tmp_path):
    for folder, mode in (("a", 0o644), ("b", 0o755)):
        (tmp_path / folder).mkdir()
        script(tmp_path / folder / "agent", f"#!/bin/sh\necho {folder}\n", mode)
    (tmp_path / "c" / "agent").mkdir(parents=True)
    path = f"{tmp_path}/c:{tmp_path}/a:{tmp_path}/none::{tmp_path}/b"
    assert (await run(attempt, spec("agent", env={"PATH": path}))).status == 0
    assert printed(attempt) == b"b\n"


async def test_a_command_in_the_working_directory_is_not_found_by_an_empty_entry_of_path(attempt, tmp_path):
    script(tmp_path / "agent", "#!/bin/sh\n")
    says(
        await run(attempt, spec("agent", cwd=tmp_path, env={"PATH": f":{tmp_path}/none:"})),
        "not found in PATH",
    )


async def test_a_command_with_a_slash_is_looked_for_from_the_working_directory(attempt, tmp_path):
    (tmp_path / "tools").mkdir()
    script(tmp_path / "tools" / "agent", "#!/bin/sh\necho here\n")
    await run(attempt, spec("./tools/agent", cwd=tmp_path))
    assert printed(attempt) == b"here\n"


async def test_without_a_path_commands_are_looked_for_in_the_usual_places(attempt):
    assert (await run(attempt, spec("true", env={}))).status == 0


async def test_a_working_directory_that_is_gone_is_named(attempt, tmp_path):
    says(
        await run(attempt, shell("true", cwd=tmp_path / "gone")),
        f"cannot enter {tmp_path}/gone: No such file",
    )


@pytest.mark.parametrize("name", ["a b", "-rf", "'\"$(x);&\n", "…", "\udcff\udcfe", "%s{id}"])
async def test_a_working_directory_and_an_attempt_may_have_any_name(attempts, name):
    worktree, attempt = attempts / f"w{name}" / name, attempts / f"t{name}" / name
    worktree.mkdir(parents=True)
    exit_ = await run(attempt, shell(f"pwd -P; printenv {ATTEMPT_DIR}; setsid sleep 1000 &", cwd=worktree))
    assert (exit_.status, exit_.swept) == (0, 1)
    assert os.fsdecode(printed(attempt)) == f"{worktree.resolve()}\n{attempt.resolve()}\n"


async def test_standard_input_is_the_file_that_was_named(attempt, tmp_path):
    prompt = tmp_path / "prompt.md"
    prompt.write_bytes(b"do it\n\0\xff" * 100_000)
    await run(attempt, shell("cksum; cksum </dev/stdin", stdin=prompt))
    await run(attempt.with_name("T-2"), shell(f"cksum <'{prompt}'"))
    assert printed(attempt).splitlines()[0] == printed(attempt.with_name("T-2")).strip()


async def test_without_a_file_standard_input_is_empty(attempt):
    await run(attempt, shell("cat"))
    assert printed(attempt) == b""


async def test_a_missing_file_for_standard_input_is_named(attempt, tmp_path):
    says(
        await run(attempt, spec("true", stdin=tmp_path / "gone")),
        f"cannot read {tmp_path}/gone: No such file",
    )


async def test_the_environment_is_exactly_what_was_given(attempt, monkeypatch):
    monkeypatch.setenv("HEADWAY_TEST_SECRET", "of the coordinator")
    given = {
        "PATH": ENVIRONMENT["PATH"],
        "EMPTY": "",
        "LINES": "a\nb",
        "BYTES": "\udcff",
        "é": "=",
        "LC_ALL": "C",
    }
    await run(attempt, spec("env", "-0", env=given))
    found = dict(os.fsdecode(line).split("=", 1) for line in printed(attempt).split(b"\0") if line)
    assert found == given | {ATTEMPT_DIR: str(attempt.resolve())}


async def test_the_launchers_environment_has_nothing_of_the_coordinators(attempt, monkeypatch):
    monkeypatch.setenv("HEADWAY_TEST_SECRET", "of the coordinator")
    process.launch(attempt, shell("tr '\\0' '\\n' </proc/$PPID/environ; exec sleep 1000"))
    await started(attempt)
    assert b"SECRET" not in Path(f"/proc/{launcher_pid(attempt)}/environ").read_bytes()


async def test_values_of_the_environment_do_not_stay_on_the_disk(attempt):
    await run(attempt, shell("true", env=ENVIRONMENT | {"TOKEN": "hunter2"}))
    assert [f.name for f in attempt.iterdir() if b"hunter2" in f.read_bytes()] == []
    assert "TOKEN" in json.loads((attempt / "spec.json").read_text())["env"]


async def test_it_begins_with_default_signals_and_no_mask(attempt):
    await run(attempt, shell("cat /proc/self/status"))
    status = dict(line.split(":\t", 1) for line in printed(attempt).decode().splitlines())
    ours = ~(0b11 << 31)  # 32 and 33 are the C library's own; it lets nobody change them
    assert int(status["SigBlk"], 16) & ours == 0
    assert int(status["SigIgn"], 16) & ours == 0


async def test_it_has_no_descriptor_but_the_three(attempt):
    await run(attempt, shell("exec ls /proc/self/fd"))
    assert printed(attempt).split() == [b"0", b"1", b"2", b"3"]  # the last is what ls reads the folder by


async def test_it_leads_a_session_of_its_own_without_a_terminal(attempt):
    await run(
        attempt,
        python("""
            import os
            print(os.getsid(0) == os.getpgid(0) == os.getpid())
            try:
                os.open("/dev/tty", os.O_RDWR)
            except OSError as error:
                print(error.strerror)
        """),
    )
    assert printed(attempt).decode().splitlines() == ["True", "No such device or address"]


async def test_it_is_ended_before_its_launcher_when_memory_is_out(attempt):
    await run(attempt, shell("cat /proc/$PPID/oom_score_adj /proc/self/oom_score_adj"))
    launcher, agent = map(int, printed(attempt).split())
    assert agent > launcher or agent == 1000
