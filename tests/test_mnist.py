"""Tests of the MNIST loader: a real web server on this machine, and everything that goes wrong.

The server's address says what it does: `http://127.0.0.1:port/404/` answers 404, and so on.  The
files are small ones with a table of their own (`files=`), so that every check runs as on MNIST.
"""

import errno
import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pooch
import pytest
import requests

from course_lib.datasets import MnistError, mnist
from course_lib.datasets.idx import IdxFile
from course_lib.datasets.mnist import FILES, FOLDER_VARIABLE

REAL_FOLDER = os.environ.get(FOLDER_VARIABLE)


def small_file(name, shape, highest):
    """Return the table entry and the bytes of an IDX file with random content."""
    data = np.random.default_rng(len(name)).integers(0, highest, shape, dtype=np.uint8)
    content = IdxFile(name, shape, "").header + data.tobytes()
    return IdxFile(name, shape, hashlib.sha256(content).hexdigest()), content


SMALL = [
    small_file("train-images-idx3-ubyte", (40, 28, 28), 256),
    small_file("train-labels-idx1-ubyte", (40,), 10),
    small_file("t10k-images-idx3-ubyte", (10, 28, 28), 256),
    small_file("t10k-labels-idx1-ubyte", (10,), 10),
]
SMALL_FILES = [file for file, _ in SMALL]
CONTENTS = {file.name: content for file, content in SMALL}
PACKED = {name: gzip.compress(content) for name, content in CONTENTS.items()}
NAMES = sorted(CONTENTS)


def wrong(name):
    """Return the content of a file with one bit of its last byte turned over."""
    content = bytearray(CONTENTS[name])
    content[-1] ^= 1
    return bytes(content)


class FaultyHandler(BaseHTTPRequestHandler):
    """Serve the small files; the first part of the path is the fault that is switched on."""

    def do_GET(self):
        """Answer as the fault says."""
        _, fault, file_name = self.path.split("/")
        name = file_name.removesuffix(".gz")
        asked_before = self.path in self.server.asked
        self.server.asked.append(self.path)
        if fault in ("404", "403", "500", "503"):
            self.answer(b"no", status=int(fault))
        elif fault == "500-once" and not asked_before:
            self.answer(b"later", status=500)
        elif fault == "garbage-once" and not asked_before:
            self.answer(b"\x1f\x8b" + b"garbage" * 50)
        elif fault == "slow":
            self.server.over.wait(20)
        elif fault == "stops-half-way":
            self.answer(PACKED[name][:20], promised=len(PACKED[name]), wait=True)
        elif fault == "breaks-off":
            self.answer(PACKED[name][:20], promised=len(PACKED[name]))
        elif fault == "truncated":
            self.answer(PACKED[name][:-9])
        elif fault == "html":
            self.answer(b"<!DOCTYPE html><title>Accept our terms</title>")
        elif fault == "garbage":
            self.answer(b"\x1f\x8b" + b"garbage" * 50)
        elif fault == "empty":
            self.answer(b"")
        elif fault == "wrong-hash":
            self.answer(gzip.compress(wrong(name)))
        elif fault == "last-missing" and name == NAMES[-1]:
            self.answer(b"no", status=404)
        elif fault == "unpacked":
            self.answer(CONTENTS[name])
        elif fault == "encoded":
            self.answer(PACKED[name], encoding="gzip")
        else:
            self.answer(PACKED[name])

    def answer(self, body, *, status=200, promised=None, encoding=None, wait=False):
        """Send a whole answer, or one that promises more than it holds."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if promised is None else promised))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)
        if wait:
            self.wfile.flush()
            self.server.over.wait(20)

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture(scope="module")
def running_server():
    """Run the web server for the tests of this file."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FaultyHandler) as running:
        running.asked, running.over = [], threading.Event()
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def server(running_server):
    """Give the server with an empty list of requests."""
    running_server.asked.clear()
    return running_server


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Keep the tests from the user's own folder and proxy, and let no retry wait."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pauses = []
    monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=pauses.append))
    return pauses


@pytest.fixture
def load(server, tmp_path):
    """Return a function that loads the small files from the server's faults, into a cache."""

    def load_small(*faults, **options):
        address = "http://127.0.0.1:{}/{}/"
        mirrors = [
            fault if "://" in fault else address.format(server.server_port, fault)
            for fault in faults
        ]
        options = {"cache": tmp_path / "cache", "retries": 0, "files": SMALL_FILES, **options}
        return mnist(mirrors=mirrors or ["http://127.0.0.1:9/"], **options)

    return load_small


@contextmanager
def silent_port(*, listening):
    """Give the address of a port that is closed, or that takes calls and never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listening:
            taken.listen()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


def check(data):
    """Assert that these are the small files' digits."""
    for X, y, images, labels in (
        (data.X_train, data.y_train, 0, 1),
        (data.X_test, data.y_test, 2, 3),
    ):
        grey = np.frombuffer(SMALL[images][1], np.uint8, offset=16).reshape(len(X), 784)
        assert X.dtype == np.float32
        np.testing.assert_allclose(X, grey / 255, rtol=1e-7)
        assert y.dtype == np.int64
        assert y.tolist() == list(SMALL[labels][1][8:])


def names_in(folder):
    """Return all names below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_good_mirror_fills_the_cache_and_prints_nothing(load, server, tmp_path, capfd):
    """Four whole files, unpacked, and no word on stdout or stderr; the next call asks nobody."""
    check(load("good"))
    assert names_in(tmp_path / "cache") == NAMES
    assert len(server.asked) == 4
    for name, content in CONTENTS.items():
        assert (tmp_path / "cache" / name).read_bytes() == content
    server.asked.clear()
    check(load("good"))
    check(load("404", download=False))
    assert server.asked == []
    assert capfd.readouterr() == ("", "")


def test_progress_is_shown_when_it_is_asked_for(load, capfd):
    """The bars go to stderr."""
    check(load("good", progress=True))
    assert "100%" in capfd.readouterr().err


@pytest.mark.parametrize("fault", ["unpacked", "encoded"])
def test_a_mirror_may_pack_as_it_likes(load, fault, tmp_path):
    """Unpacked under a `.gz` name, or unpacked on the way: the content is what counts."""
    check(load(fault))
    assert names_in(tmp_path / "cache") == NAMES


@pytest.mark.parametrize("timeout", [5, 5.0, np.float32(5), np.float64(5), np.int64(5)])
def test_mirrors_and_seconds_of_any_kind(server, tmp_path, timeout):
    """A tuple is a list of mirrors, and NumPy's numbers are numbers."""
    mirrors = (f"http://127.0.0.1:{server.server_port}/good/",)
    check(mnist(mirrors=mirrors, timeout=timeout, cache=tmp_path, files=SMALL_FILES))


def test_an_address_needs_no_slash_at_its_end(load, server):
    """`.../mnist` and `.../mnist/` are the same mirror."""
    check(load(f"http://127.0.0.1:{server.server_port}/good"))


FAULTS = [  # the server's fault, what the message says, the original exception
    ("404", "answered 404", requests.HTTPError),
    ("403", "answered 403", requests.HTTPError),
    ("500", "answered 500", requests.HTTPError),
    ("503", "answered 503", requests.HTTPError),
    ("slow", r"sent nothing for 0\.5 seconds", requests.Timeout),
    ("stops-half-way", r"sent nothing for 0\.5 seconds", requests.ConnectionError),
    ("breaks-off", "broke off", requests.RequestException),
    ("truncated", "wrong file .*end too early", ValueError),
    ("garbage", "wrong file .*gzip data are corrupted", ValueError),
    ("html", "wrong file .*starts with 3c21444f", ValueError),
    ("empty", "wrong file .*starts with nothing", ValueError),
    ("wrong-hash", "wrong file .*SHA-256", ValueError),
]


@pytest.mark.parametrize(("fault", "message", "cause"), FAULTS)
def test_a_faulty_mirror_is_told_and_the_next_try_works(
    load, fault, message, cause, tmp_path, capfd
):
    """One sentence says what the mirror did and what to do; no file is left; then it works."""
    with pytest.raises(MnistError, match=message) as caught:
        load(fault, timeout=0.5)
    text = str(caught.value)
    assert "train-images-idx3-ubyte could not be downloaded" in text
    assert f"set {FOLDER_VARIABLE}" in text
    assert text.endswith(".")
    assert "\n" not in text
    assert isinstance(caught.value.__cause__, cause)
    assert names_in(tmp_path / "cache") == []
    check(load("good"))
    assert names_in(tmp_path / "cache") == NAMES
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("listening", "message"), [(False, "could not be reached"), (True, r"nothing for 0\.5 seconds")]
)
def test_a_server_that_is_not_there_is_told(load, listening, message, tmp_path):
    """A closed port, and one where nobody answers the call."""
    with (
        silent_port(listening=listening) as address,
        pytest.raises(MnistError, match=message) as caught,
    ):
        load(address, timeout=0.5)
    assert isinstance(caught.value.__cause__, requests.ConnectionError | requests.Timeout)
    assert names_in(tmp_path / "cache") == []
    check(load("good"))


@pytest.mark.parametrize("fault", [fault for fault, _, _ in FAULTS])
def test_the_next_mirror_helps_out(load, server, fault, tmp_path):
    """A mirror that fails is passed over, and not asked again for the other files."""
    check(load(fault, "good", timeout=0.5))
    assert sum(path.startswith(f"/{fault}/") for path in server.asked) == 1
    assert names_in(tmp_path / "cache") == NAMES


def test_all_mirrors_are_named_when_all_fail(load):
    """The message lists what each of them did, in the order they were asked."""
    with pytest.raises(MnistError, match=r"/404/ answered 404; \S+/html/ sent a wrong file"):
        load("404", "html")


@pytest.mark.parametrize("fault", ["500-once", "garbage-once"])
def test_a_mirror_that_stumbles_is_asked_again(load, server, fault, alone):
    """A retry comes a second later, and gets the file."""
    check(load(fault, retries=1))
    assert len(server.asked) == 8
    assert alone == [1, 1, 1, 1]


@pytest.mark.parametrize(("fault", "times"), [("500", 4), ("wrong-hash", 4), ("404", 1)])
def test_retries_are_counted_and_a_refusal_is_final(load, server, fault, times):
    """`retries=3` asks four times; a mirror that has no such file is asked once."""
    with pytest.raises(MnistError):
        load(fault, retries=3)
    assert len(server.asked) == times


def test_what_was_downloaded_before_a_fault_is_kept(load, server, tmp_path):
    """Three files come, the fourth is missing: the next try fetches only that one."""
    with pytest.raises(MnistError, match="train-labels-idx1-ubyte could not be downloaded"):
        load("last-missing")
    kept = names_in(tmp_path / "cache")
    assert NAMES[-1] not in kept
    server.asked.clear()
    check(load("good"))
    assert len(server.asked) == 4 - len(kept)


def break_file(path, how):
    """Damage a file that lies on the disk."""
    content = CONTENTS[path.name.removesuffix(".gz")]
    broken = {
        "truncated": content[:-5],
        "truncated in the header": content[:6],
        "empty": b"",
        "too long": content + b"0",
        "magic": b"\x00\x00\x0d" + content[3:],
        "shape": content[:7] + bytes([content[7] + 1]) + content[8:],
        "bit": wrong(path.name.removesuffix(".gz")),
        "gzip truncated": gzip.compress(content)[:-12],
        "gzip corrupted": gzip.compress(content)[:12] + b"\xff" * 40,
        "gzip checksum": gzip.compress(content)[:-8] + b"\x00" * 8,
    }
    path.write_bytes(broken[how])


DAMAGES = [
    ("truncated", "too short: 31376 bytes are expected"),
    ("truncated in the header", "header ends too early"),
    ("empty", "starts with nothing and not with 00000803"),
    ("too long", "too long"),
    ("magic", "starts with 00000d03 and not with 00000803"),
    ("shape", r"has shape \(41, 28, 28\) and not \(40, 28, 28\)"),
    ("bit", "SHA-256"),
    ("gzip truncated", "gzip data end too early"),
    ("gzip corrupted", "gzip data are corrupted"),
    ("gzip checksum", "gzip data are corrupted"),
]


@pytest.fixture
def folder(tmp_path):
    """Make a folder with the small files, half of them packed."""
    made = tmp_path / "by-hand"
    made.mkdir()
    for name in NAMES[:2]:
        (made / f"{name}.gz").write_bytes(PACKED[name])
    for name in NAMES[2:]:
        (made / name).write_bytes(CONTENTS[name])
    return made


@pytest.mark.parametrize("as_text", [True, False])
def test_the_folder_that_is_passed_is_read(load, server, folder, tmp_path, as_text):
    """Packed or not, as `str` or `Path`; nobody is asked, and no cache is made."""
    check(load("good", folder=str(folder) if as_text else folder))
    assert server.asked == []
    assert names_in(tmp_path) == sorted(
        ["by-hand", *(f"by-hand/{p.name}" for p in folder.iterdir())]
    )


def test_the_folder_of_the_environment_variable_is_read(load, server, folder, monkeypatch):
    """`COURSE_LIB_DATA` names the folder; `download=False` is content with it."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    check(load("good", download=False))
    assert server.asked == []


def test_the_passed_folder_comes_before_the_variable(load, folder, monkeypatch, tmp_path):
    """A damaged folder in the variable does no harm to one that is passed."""
    (tmp_path / "bad").mkdir()
    break_file(tmp_path / "bad" / NAMES[0], "empty")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "bad"))
    check(load(folder=folder))
    with pytest.raises(MnistError, match=f"bad.{NAMES[0]} is not the MNIST file"):
        load("good")


@pytest.mark.parametrize("named", ["", "empty", "no-such-folder"])
def test_what_the_variables_folder_lacks_is_downloaded(load, server, named, monkeypatch, tmp_path):
    """The search goes on to the cache and then to the mirrors."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / named) if named else "")
    check(load("good"))
    assert len(server.asked) == 4
    assert names_in(tmp_path / "empty") == []


def test_a_passed_folder_without_a_file_is_no_reason_to_download(load, server, folder):
    """Who names a folder means that folder: the message names the file that it lacks."""
    (folder / NAMES[2]).unlink()
    with pytest.raises(MnistError, match=f"by-hand lacks {NAMES[2]}.* put MNIST's four files"):
        load("good", folder=folder)
    with pytest.raises(MnistError, match=r"There is no folder .*nowhere: put"):
        load("good", folder=folder / "nowhere")
    assert server.asked == []


@pytest.mark.parametrize(("how", "message"), DAMAGES)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_damaged_file_in_a_folder_is_named(load, folder, how, message, ending, server):
    """The message says which file, what is wrong with it, and what to do; nothing is changed."""
    path = folder / f"train-images-idx3-ubyte{ending}"
    for old in folder.glob("train-images*"):
        old.unlink()
    break_file(path, how)
    damaged = path.read_bytes()
    with pytest.raises(MnistError, match=message) as caught:
        load("good", folder=folder)
    assert str(path) in str(caught.value)
    assert "download it again" in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)
    assert path.read_bytes() == damaged
    assert server.asked == []
    path.write_bytes(CONTENTS["train-images-idx3-ubyte"])
    check(load(folder=folder))


@pytest.mark.parametrize(("how", "message"), DAMAGES)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_damaged_file_in_the_cache_is_fetched_again(load, server, how, message, ending, tmp_path):
    """The cache heals itself if it may, and says what is wrong if it may not."""
    check(load("good"))
    cache = tmp_path / "cache"
    (cache / "train-images-idx3-ubyte").unlink()
    break_file(cache / f"train-images-idx3-ubyte{ending}", how)
    with pytest.raises(MnistError, match=message):
        load(download=False)
    server.asked.clear()
    check(load("good"))
    assert server.asked == ["/good/train-images-idx3-ubyte.gz"]
    check(load(download=False))


def test_without_download_a_missing_file_is_told(load, server, tmp_path):
    """`download=False` asks nobody, makes no folder, and says what can be done."""
    with pytest.raises(MnistError, match=r"mnist\(download=True\), or download the four files"):
        load("good", download=False)
    assert server.asked == []
    assert names_in(tmp_path) == []


def test_a_file_that_cannot_be_opened_is_told(load, folder, monkeypatch):
    """Another user's file, say: the message gives the system's own words."""

    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(MnistError, match=r"can't be read \(Permission denied\)") as caught:
            load(folder=folder)
    assert isinstance(caught.value.__cause__, PermissionError)
    check(load(folder=folder))


def full_disk(*_, **__):
    """Do as a disk does that is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_disk_half_way(_, url, output_file, *__, **___):
    """Write half of a download, then find the disk full."""
    Path(output_file).write_bytes(PACKED[Path(url).stem][:30])
    full_disk()


@pytest.mark.parametrize(
    ("place", "name", "fault", "number"),
    [
        (pooch.HTTPDownloader, "__call__", full_disk_half_way, errno.ENOSPC),
        (Path, "write_bytes", full_disk, errno.ENOSPC),
        (tempfile, "mkdtemp", full_disk, errno.ENOSPC),
        (Path, "replace", full_disk, errno.ENOSPC),
    ],
    ids=["while downloading", "while unpacking", "making a folder", "renaming"],
)
def test_a_full_disk_is_told_and_leaves_nothing(
    load, server, place, name, fault, number, monkeypatch, tmp_path
):
    """No other mirror is asked, since the fault is here; with space again, it works."""
    with monkeypatch.context() as patch:
        patch.setattr(place, name, fault)
        with pytest.raises(MnistError, match=r"could not be stored in .*No space left") as caught:
            load("good", "unpacked", retries=2)
    assert caught.value.__cause__.errno == number
    assert not any(path.startswith("/unpacked/") for path in server.asked)
    assert names_in(tmp_path / "cache") == []
    check(load("good"))


OTHER_PROCESS = """
import json, sys
from course_lib.datasets import MnistError, mnist
from course_lib.datasets.idx import IdxFile

address, cache, table = sys.argv[1:4]
files = [IdxFile(name, tuple(shape), sha256) for name, shape, sha256 in json.loads(table)]

def load():
    return mnist(mirrors=[address], cache=cache, files=files, retries=0).X_train.shape
"""


def other_process(code, server, cache):
    """Start a Python of its own that runs `code` after the lines above."""
    table = json.dumps([(file.name, file.shape, file.sha256) for file in SMALL_FILES])
    address = f"http://127.0.0.1:{server.server_port}/good/"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", OTHER_PROCESS + code, address, cache, table],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


LIMITED = """
import errno, resource

_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))
try:
    load()
except MnistError as error:
    print(error.__cause__.errno == errno.EFBIG, "could not be stored" in str(error))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
print(load())
"""


def test_a_real_limit_of_the_system_is_told(server, tmp_path):
    """Files over 20 kB can't be written, really; then the limit is lifted, and they can."""
    pytest.importorskip("resource", reason="needs a system with limits of file sizes")
    run = other_process(LIMITED, server, tmp_path / "cache")
    out, err = run.communicate(timeout=60)
    assert (out, err) == ("True True\n(40, 784)\n", "")
    assert names_in(tmp_path / "cache") == NAMES


def test_processes_that_download_at_once_do_no_harm_to_each_other(server, tmp_path):
    """Three start with an empty cache; each gets the digits, and the cache is whole."""
    cache = tmp_path / "cache"
    runs = [other_process("for _ in range(5): print(load())", server, cache) for _ in range(3)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert (out, err) == ("(40, 784)\n" * 5, "")
    assert names_in(cache) == NAMES


def test_threads_that_download_at_once_do_no_harm_to_each_other(load, tmp_path):
    """Four threads of one process start with an empty cache; each gets the digits."""
    loaded = []
    threads = [threading.Thread(target=lambda: loaded.append(load("good"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 4
    for data in loaded:
        check(data)
    assert names_in(tmp_path / "cache") == NAMES


def test_a_cache_below_a_file_is_told(load, tmp_path):
    """No folder can be made there, by nobody, root included."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MnistError, match=r"could not be stored in .*file.cache") as caught:
        load("good", cache=tmp_path / "file" / "cache")
    assert isinstance(caught.value.__cause__, OSError)
    check(load("good"))


def test_a_read_only_cache_is_told(load, tmp_path):
    """The message says to make it writable; when it is, it works."""
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o500)
    if os.access(cache, os.W_OK):
        pytest.skip("this user may write everywhere, as root may")
    with pytest.raises(MnistError, match=r"Permission denied.*make it writable"):
        load("good")
    cache.chmod(0o700)
    check(load("good"))


def test_a_read_only_file_system_is_told(load, monkeypatch, tmp_path):
    """The system's refusal to make the folder is passed on in one sentence."""

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(MnistError, match=r"Read-only file system.*make it writable"):
            load("good")
    assert names_in(tmp_path) == []
    check(load("good"))


def test_a_keyboard_interrupt_leaves_nothing(load, monkeypatch, tmp_path):
    """Who loses patience can start again."""

    def interrupt(_, url, output_file, *__, **___):
        Path(output_file).write_bytes(PACKED[Path(url).stem][:30])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pooch.HTTPDownloader, "__call__", interrupt)
        with pytest.raises(KeyboardInterrupt):
            load("good")
    assert names_in(tmp_path / "cache") == []
    check(load("good"))


def test_the_default_cache_is_the_users(load, monkeypatch, tmp_path):
    """Without `cache`, files go to the folder that pooch knows for this operating system."""
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    check(load("good", cache=None))
    assert names_in(tmp_path / "course_lib") == NAMES


def test_poochs_messages_are_let_through_again(load, tmp_path):
    """The loader is silent, and another user of pooch finds its logger as it was."""
    logger = pooch.get_logger()
    before = (logger.level, list(logger.filters))
    load("good")
    with pytest.raises(MnistError):
        load("404", cache=tmp_path / "other")
    assert (logger.level, list(logger.filters)) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mirrors": "http://127.0.0.1/"}, "mirrors .* got 'http"),
        ({"mirrors": []}, r"mirrors .* at least one address, got \[\]"),
        ({"timeout": 0}, r"timeout must be a number in \(0, inf\), got 0"),
        ({"timeout": float("nan")}, "timeout .* got nan"),
        ({"timeout": "5"}, "timeout must be a number .* got '5'"),
        ({"timeout": None}, "timeout .* got None"),
        ({"timeout": np.ones(2)}, r"timeout .* got array\("),
        ({"mirrors": 3}, "mirrors must be a list with at least one address, got 3"),
        ({"mirrors": None}, "mirrors .* got None"),
        ({"mirrors": ["http://127.0.0.1/", 3]}, r"mirrors .* got \['http://127.0.0.1/', 3\]"),
        ({"mirrors": ()}, r"mirrors .* at least one address, got \(\)"),
        ({"mirrors": (one for one in ["http://127.0.0.1/"])}, "mirrors .* got <generator"),
        ({"retries": -1}, "retries .* at least 0, got -1"),
        ({"retries": 1.5}, r"retries .* got 1\.5"),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_range(options, message):
    """A `ValueError` says the parameter, what it got and what it takes."""
    with pytest.raises(ValueError, match=message):
        mnist(**options)


@pytest.mark.skipif(not REAL_FOLDER, reason=f"needs MNIST: set {FOLDER_VARIABLE}")
def test_the_real_files(monkeypatch):
    """Shapes, ranges and the counts of each digit are those that everybody knows."""
    monkeypatch.setenv(FOLDER_VARIABLE, REAL_FOLDER)
    data = mnist(download=False)
    assert data.X_train.shape == (60_000, 784)
    assert data.X_test.shape == (10_000, 784)
    assert data.X_train.dtype == data.X_test.dtype == np.float32
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    for X in (data.X_train, data.X_test):
        assert (X.min(), X.max()) == (0, 1)
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(data.y_train).tolist() == train
    assert np.bincount(data.y_test).tolist() == test
    assert data.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert abs(data.X_train.mean(dtype=np.float64) - 0.1306605) < 1e-6
    assert abs(data.X_train.std(dtype=np.float64) - 0.3081078) < 1e-6


@pytest.mark.skipif(not REAL_FOLDER, reason=f"needs MNIST: set {FOLDER_VARIABLE}")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_real_hashes(file):
    """The table's hashes are those of the unpacked files."""
    path = Path(REAL_FOLDER).expanduser() / file.name
    packed = path.with_name(f"{path.name}.gz")
    content = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
    assert hashlib.sha256(content).hexdigest() == file.sha256
