"""The sandbox against the real thing: what hostile code tries, and what it does not get."""

import os
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.exercises import Rival, backprop, exercises
from course_lib.exercises.questions import QUESTIONS
from course_lib.grading import kit as kits
from course_lib.grading import sandbox as sandboxes
from course_lib.grading import wire
from course_lib.grading.kit import cut_out, kit
from course_lib.grading.sandbox import Limits, SandboxError, run_steps, why_no_sandbox

needs_bwrap = pytest.mark.skipif(bool(why_no_sandbox()), reason=why_no_sandbox())
# Little computing; much patience, since other tests may run at the same time.
FAST = Limits(seconds=1.0, patience=30.0, in_all=120.0)


def cell(source):
    """Return a step that runs a cell."""
    return {"kind": "cell", "source": source, "name": "cell 1"}


def call(function="f", x=2.0):
    """Return a step that calls a function."""
    return {
        "kind": "exercise", "function": function, "drive": ["running", "call"], "cases": [{"x": x}]
    }  # fmt: skip


def printed(source, limits=FAST, **options):
    """Run one cell; return what it printed, and its error after that."""
    (found,) = run_steps([cell(source)], limits, **options).values()
    return found.get("printed", "") + (found.get("error") or found.get("stopped", ""))


@pytest.fixture(params=["another user", "a user namespace"])
def either_way(request, monkeypatch):
    """Run a test as root's sandbox and as that of everybody else."""
    if request.param == "another user" and os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if request.param == "a user namespace":
        monkeypatch.setattr(sandboxes.os, "geteuid", lambda: 1000)


# Messages

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
@settings(deadline=None)
def test_a_message_brings_what_was_sent(value):
    """Lists stay lists and tuples tuples; nan and infinities arrive."""
    assert repr(wire.unpack(wire.pack(value))) == repr(value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "?", ">f8"])
def test_arrays_arrive(dtype):
    """With their shape, and as arrays of their own that can be written to."""
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = wire.unpack(wire.pack([array.T, array[:0], array[0, 0]]))
    assert found[0].tolist() == array.T.tolist()
    assert found[1].shape == (0, 3)
    found[0][0, 0] = 1


@pytest.mark.parametrize(
    "tree",
    [
        '["array", "<f8", [3]]',
        '["array", "<f8", [-1]]',
        '["array", "<f8", [1e3]]',
        '["array", "|O8", [1]]',
        '["array", "<U4", [1]]',
        '["array", "<f8", [1099511627775, 1099511627775]]',
        '["array", "<f8"]',
        '["array", 7, [1]]',
        '["class", "os.system"]',
        "[]",
        "[" * 100_000,
        '["list", ' * 40 + "1" + "]" * 40,
        "{",
        "1" * 5000,
    ],
)
def test_a_forged_message_is_an_error_of_its_own(tree):
    """No object, no memory beyond the bytes that came, no other exception."""
    blob = b"12345678"
    with pytest.raises(wire.WireError):
        wire.unpack(wire.HEAD.pack(len(tree), len(blob)) + tree.encode() + blob)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_noise_is_an_error_of_its_own(noise):
    """Any bytes are a value or a WireError."""
    for message in (noise, wire.HEAD.pack(len(noise), 0) + noise):
        try:
            wire.unpack(message)
        except wire.WireError:
            continue


def test_what_cannot_be_sent_is_told():
    """Objects, and lists that hold themselves."""
    endless = []
    endless.append(endless)
    for value in ({1}, np.array([None]), np.zeros(2, dtype=complex), endless):
        with pytest.raises(wire.WireError):
            wire.pack(value)


# What lies in the sandbox


def test_no_solution_and_no_wrong_program_is_in_the_kit():
    """Of the exercises there is what drives a function, and nothing else."""
    text = b"".join(content for name, content in kit().items() if name.startswith("exercises/"))
    for exercise in exercises().values():
        programs = [exercise.solution]
        programs += [m.wrong for m in exercise.mistakes if isinstance(m, Rival)]
        for program in programs:
            name = getattr(getattr(program, "func", program), "__name__", "")
            assert f"def {name}(".encode() not in text, name
        assert exercise.task.encode() not in text
    assert not {"exercises/exercise.py", "exercises/checking.py"} & set(kit())
    inside = {name for name in kit() if name.startswith("grading/")}
    assert inside == {"grading/__init__.py", "grading/wire.py", "grading/worker.py"}


def test_every_drive_is_in_the_kit():
    """Of each exercise and of each question."""
    drives = [e.drive for e in exercises().values()] + [q.value for q in QUESTIONS]
    for drive in drives:
        name = drive.__module__.rpartition(".")[2]
        assert f"def {drive.__name__}(".encode() in kit()[f"exercises/{name}.py"]


def test_a_drive_that_needs_a_solution_is_an_error():
    """It would take the solution along."""
    with pytest.raises(RuntimeError, match="the sandbox would get _cost"):
        cut_out(backprop, ["_cost"])
    assert kits._programs(backprop.EXERCISES) > {"_cost"}


# What is allowed


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_a_function_runs_in_the_sandbox():
    """Its answer comes back, and what it printed."""
    steps = [cell("def f(x):\n    return [x, x + 1]"), cell("print('hello')"), call(), call("g")]
    found = run_steps(steps, FAST)
    assert found[2]["outcomes"][0]["answer"] == (2.0, 3.0)
    assert found[1]["printed"] == "hello\n"
    assert found[3]["missing"] is True


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_it_is_nobodys_user_without_rights():
    """Neither root nor the caller, and no way back."""
    seen = printed("import os\nprint(os.getuid(), os.getgid(), os.getgroups())\nos.setuid(0)")
    user, group = seen.split()[:2]
    assert user == group
    assert user not in ("0", str(os.getuid()))
    assert "PermissionError" in seen or "OSError" in seen
    status = printed(
        "print([l for l in open('/proc/self/status') if l.startswith(('CapEff', 'NoNew'))])"
    )
    assert "CapEff:\\t0000000000000000" in status
    assert "NoNewPrivs:\\t1" in status


@needs_bwrap
def test_root_becomes_a_real_other_user():
    """For the kernel it is another one, so that its limits bind; two sandboxes are two users."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    users = {printed("import os\nprint(os.getuid())") for _ in range(2)}
    assert len(users) == 2
    assert min(map(int, users)) >= 2_000_000_000


# What it does not get


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_nothing_of_the_instructors_is_in_sight(tmp_path, monkeypatch):
    """No file of theirs, no solution, no seed in the environment, not even of other processes."""
    secret = f"secret-{uuid.uuid4()}"
    monkeypatch.setenv("SEED", secret)
    (tmp_path / "gradebook.db").write_text(secret, encoding="utf-8")
    source = f"""
import os
found, read = [], 0
for folder, below, names in os.walk("/"):
    if folder.startswith(("/usr/lib", "/site", {sys.base_prefix!r})):
        below.clear()
        continue
    for name in names:
        if folder.startswith("/proc") and name not in ("environ", "cmdline"):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read(10**6) if not folder.startswith("/dev") else b""
            read += 1
        except OSError:
            continue
        wanted = [{secret[:12]!r}.encode() + {secret[12:]!r}.encode(), b"BEGIN " + b"SOLUTION",
                  b"_heavy_ball" + b"_step", b"def hidden" + b"_cases"]
        found += [(folder, name, w) for w in wanted if w in data]
theirs = [{str(tmp_path)!r}, {str(Path.home() / ".bashrc")!r}]
print(read > 50, found, *map(os.path.exists, theirs))
print(sorted(os.environ))
"""
    seen = printed(source)
    assert seen.startswith("True [] False False\n"), seen
    assert "SEED" not in seen


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_there_is_one_place_to_write_to():
    """All else is read-only, shared memory included."""
    source = """
import os
open("/tmp/mine", "w").write("x")
for place in "/ /dev /dev/shm /kit /kit/course_lib /site/0 /proc /etc /usr/lib".split():
    try:
        open(os.path.join(place, "x"), "w")
        print("written", place)
    except OSError:
        pass
try:
    os.chmod("/kit/course_lib/momentum.py", 0o777)
    print("changed")
except OSError:
    pass
print("end")
"""
    assert printed(source) == "end\n"


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_there_is_no_network():
    """Not even this machine answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        port = server.getsockname()[1]
        source = f"""
import socket
for address in (("127.0.0.1", {port}), ("192.0.2.1", 80)):
    try:
        socket.create_connection(address, 1)
        print("connected")
    except OSError as problem:
        print(type(problem).__name__)
"""
        assert printed(source) == "ConnectionRefusedError\nOSError\n"
        with pytest.raises(TimeoutError):
            server.accept()


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_the_disk_is_full_at_its_size():
    """In one file or in many."""
    limits = Limits(seconds=5.0, disk=8)
    one = "open('/tmp/a', 'wb').write(bytes(12 * 2**20))"
    many = "for i in range(12):\n    open(f'/tmp/{i}', 'wb').write(bytes(2**20))"
    assert "File too large" in printed(one, limits)
    assert "No space left" in printed(many, limits)


@needs_bwrap
def test_memory_is_limited():
    """A large array is an exception, and many processes together are ended."""
    limits = Limits(seconds=5.0, memory=400)
    assert "MemoryError" in printed("x = bytearray(500 * 2**20)", limits)
    source = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        x = bytearray(b"1") * (150 * 2**20)
        time.sleep(20)
time.sleep(20)
"""
    assert printed(source, limits) == "It took more than 400 MB of memory."


MANY = """
import os, time
for _ in range(60):
    try:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    except OSError:
        print("no more")
        break
time.sleep(20)
"""


@needs_bwrap
def test_processes_are_counted(monkeypatch):
    """Where the system's own limit does not bind, as for root, the watcher ends them."""
    monkeypatch.setattr(sandboxes.os, "geteuid", lambda: 1000)
    if os.getuid() == 0:
        assert printed(MANY) == "It started more than 48 processes."
    else:
        assert printed(MANY + "print('end')").startswith(("no more", "It started", "It did not"))


@needs_bwrap
@pytest.mark.timeout(60)
def test_a_fork_bomb_costs_its_step():
    """It is held by the limit, ended with all that it has started, and the next step goes on."""
    bomb = """
def f(x):
    import os
    while True:
        try:
            os.fork()
        except OSError:
            pass
def g(x):
    return x
"""
    found = run_steps([cell(bomb), call(), call("g")], FAST)
    assert "stopped" in found[1]
    assert found[2]["outcomes"][0]["answer"] == 2.0


@needs_bwrap
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("while True: pass", "within 1 seconds of computing"),
        ("import time; time.sleep(60)", "within 2 seconds"),
        ("import os; os._exit(0)", "ended the Python process"),
        ("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "ended the Python process"),
        ("import os, signal; os.kill(-1, signal.SIGKILL); while_ = 1", "ended the Python process"),
        ("import os; os.abort()", "ended the Python process (signal 6)"),
        ("import os; os.closerange(0, 200)", "ended the Python process"),
        ("import ctypes; ctypes.string_at(0)", "ended the Python process (signal 11)"),
        ("import os; [os.write(n, b'x' * 10**6) for n in range(3, 20) for _ in range(12)]", ""),
    ],
)
def test_what_ends_the_process_costs_its_step(lines, said):
    """In a function and in a cell; the steps after it are as right as before."""
    steps = [
        cell(f"def f(x):\n    {lines}"), cell("def g(x):\n    return x"), call(), call("g"),
    ]  # fmt: skip
    limits = replace(FAST, patience=2.0) if "sleep" in lines else FAST
    found = run_steps(steps, limits)
    assert said in found[2].get("stopped", ""), found[2]
    assert found[3]["outcomes"][0]["answer"] == 2.0
    if "os.kill" in lines:
        return  # above a cell there is nobody but the sandbox itself, which does not hear it
    steps = [cell(f"x = 1\n{lines}"), cell("def g(x):\n    return x"), call("g")]
    found = run_steps(steps, limits)
    assert "stopped" in found[0] or "OSError" in found[0]["error"], found[0]
    assert found[2]["outcomes"][0]["answer"] == 2.0


@needs_bwrap
def test_the_whole_submission_has_an_end():
    """Whatever is left by then is told."""
    steps = [cell("def f(x):\n    import time; time.sleep(60)"), call(), call(), call()]
    found = run_steps(steps, Limits(patience=1.0, in_all=2.5))
    assert "within 1 seconds" in found[1]["stopped"]
    assert "The submission did not end within 2.5 seconds" in found[3]["stopped"]


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_nothing_survives():
    """A process that has left its session and its parent ends with the sandbox."""
    mark = f"mark-{uuid.uuid4()}"
    source = f"""
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        sleep = [sys.executable, "-S", "-c", "import time; time.sleep(60)", {mark!r}]
        os.execv(sys.executable, sleep)
    os._exit(0)
import time
time.sleep(0.5)
running = [open(f"/proc/{{p}}/cmdline").read() for p in os.listdir("/proc") if p.isdigit()]
print("started", any({mark!r} in line for line in running))
"""
    assert printed(source) == "started True\n"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert mark.encode() not in path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue


@needs_bwrap
@pytest.mark.usefixtures("either_way")
def test_what_a_check_leaves_running_does_not_meet_the_next():
    """It could take time and processes from it: the next finds the sandbox, and itself."""
    source = """
import os, time
def f(x):
    if os.fork() == 0:
        time.sleep(60)
    return x
def g(x):
    time.sleep(0.5)
    return len([name for name in os.listdir("/proc") if name.isdigit()])
"""
    found = run_steps([cell(source), call(), call("g")], FAST)
    assert found[1]["outcomes"][0]["answer"] == 2.0
    assert found[2]["outcomes"][0]["answer"] == 3  # bubblewrap, the worker, the check


@needs_bwrap
def test_it_ends_with_the_grader(tmp_path):
    """SIGKILL to the grader leaves no student's code behind."""
    mark = f"mark-{uuid.uuid4()}"
    source = f"import time\n{mark!r}\nopen('/tmp/{mark}', 'w')\ntime.sleep(60)"
    script = f"""
from course_lib.grading.sandbox import Limits, run_steps
run_steps([{{"kind": "cell", "source": {source!r}, "name": "cell 1"}}], Limits())
"""
    grader = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    own = f"/proc/{grader.pid}/task/{grader.pid}/children"
    child = ""
    ends = time.monotonic() + 30
    while not child and time.monotonic() < ends:
        time.sleep(0.1)
        child = Path(own).read_text(encoding="ascii").strip()
    assert child
    time.sleep(0.5)
    grader.kill()
    grader.wait()
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()


# The instructor's side


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="bubblewrap is for Linux")
def test_without_bubblewrap_it_refuses(monkeypatch):
    """It says what to install, and runs nothing."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        run_steps([cell("x = 1")])


@needs_bwrap
def test_a_sandbox_that_does_not_start_is_no_students_mistake(tmp_path, monkeypatch):
    """What bubblewrap said is in the message."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: no permission' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxError, match="does not start: bwrap: no permission"):
        run_steps([cell("x = 1")])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_without_a_sandbox_on_request(tmp_path, monkeypatch):
    """The same results, limits of time and no traces; but the code sees all that you see."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("SEED", "7")
    mine = tmp_path / "mine"
    mine.write_text("seen", encoding="utf-8")
    source = f"""
import os
def f(x):
    return x
print(open({str(mine)!r}).read(), 'SEED' in os.environ)
"""
    steps = [cell(source), cell("while True: pass"), call()]
    found = run_steps(steps, FAST, sandbox=False)
    assert found[0]["printed"] == "seen False\n"
    assert "computing" in found[1]["stopped"]
    assert found[2]["outcomes"][0]["answer"] == 2.0
    assert list(tmp_path.iterdir()) == [mine]
