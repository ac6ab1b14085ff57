"""Files are replaced as a whole or not at all, whatever the disk or the user does."""

import errno
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from equipment_optimizer.errors import OutputError, UsageError
from equipment_optimizer.system import _temporary_file as temporary_file
from equipment_optimizer.system import atomic_file
from equipment_optimizer.system.atomic_file import ByteWriter, atomic_writer, check_target

NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def write(path, data=b"new"):
    with atomic_writer(str(path)) as writer:
        writer.write(data)


def leftovers(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith(".tmp"))


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    return path


def test_a_new_file_gets_the_usual_permissions(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "new.csv").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permission_bits_of_a_replaced_file_stay(target, mode):
    target.chmod(mode)
    write(target)
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_private_file_is_never_readable_by_others_on_the_way(target):
    target.chmod(0o600)
    with atomic_writer(str(target)) as writer:
        writer.write(b"secret")
        (temporary,) = leftovers(target.parent)
        assert stat.S_IMODE((target.parent / temporary).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_of_a_replaced_file_stays(target):
    os.chown(target, 12345, 23456)
    write(target)
    assert (target.stat().st_uid, target.stat().st_gid) == (12345, 23456)


def test_the_old_file_is_there_until_the_end(target):
    with atomic_writer(str(target)) as writer:
        writer.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt(), MemoryError()])
def test_any_failure_leaves_the_old_file_and_nothing_else(target, error):
    with pytest.raises(type(error)), atomic_writer(str(target)) as writer:
        writer.write(b"half")
        raise error
    assert target.read_bytes() == b"old"
    assert leftovers(target.parent) == []


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "mend"), [(errno.ENOSPC, "free some space, or write elsewhere"), (errno.EIO, "write elsewhere")]
)
def test_a_disk_that_refuses_is_reported_and_the_old_file_stays(target, monkeypatch, call, number, mend):
    def refuse(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic_file.os, call, refuse)
    with pytest.raises(OutputError) as caught:
        write(target)
    monkeypatch.undo()
    assert str(caught.value) == f"cannot write {target}: {os.strerror(number)}\n  mend: {mend}"
    assert caught.value.exit_code == 1
    assert target.read_bytes() == b"old"
    assert leftovers(target.parent) == []


def test_a_really_full_device_is_reported():
    with pytest.raises(OutputError, match="cannot write /dev/full: No space left on device"):
        write("/dev/full")


def test_partial_writes_are_completed(monkeypatch, target):
    real = os.write
    monkeypatch.setattr(atomic_file.os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    write(target, b"0123456789")
    assert target.read_bytes() == b"0123456789"


def test_a_full_non_blocking_pipe_is_waited_for():
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    data = os.urandom(1 << 20)
    received = []

    def read():
        while chunk := reader.recv(1 << 16):
            received.append(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    ByteWriter(writer.fileno()).write(data)
    writer.close()
    thread.join()
    reader.close()
    assert b"".join(received) == data


def test_a_symbolic_link_stays_a_link_and_its_file_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "data.csv").write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(Path("real") / "data.csv")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "real" / "data.csv").read_bytes() == b"new"


def test_a_dangling_link_creates_the_file_it_names(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to("later.csv")
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "later.csv").read_bytes() == b"new"


def test_a_device_is_written_directly():
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_named_pipe_is_written_directly(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    thread = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    thread.start()
    check_target(str(pipe))
    write(pipe)
    thread.join()
    assert received == [b"new"]


def test_what_a_killed_run_left_is_removed_by_the_next(target):
    stale = target.parent / f".out.csv.{dead_pid()}.tmp"
    stale.write_bytes(b"half")
    write(target)
    assert not stale.exists()


def test_what_an_earlier_process_with_our_number_left_is_removed(target):
    # In a container the same few process ids come back at once.
    (target.parent / f".out.csv.{os.getpid()}.tmp").write_bytes(b"half")
    write(target)
    assert leftovers(target.parent) == []
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize(
    "name",
    [
        f".out.csv.{os.getppid()}.tmp",  # a live process is writing it
        ".out.csv.1.tmp",  # alive, and may belong to somebody else
        ".out.csv.x.tmp",
        "out.csv.99999999.tmp",
        ".other.csv.99999999.tmp",
        ".outXcsv.99999999.tmp",
    ],
)
def test_other_files_are_left_alone(target, name):
    (target.parent / name).write_bytes(b"theirs")
    write(target)
    assert (target.parent / name).read_bytes() == b"theirs"


def test_a_process_number_beyond_the_systems_is_dead(target):
    (target.parent / ".out.csv.9999999999999999999.tmp").write_bytes(b"half")
    write(target)
    assert leftovers(target.parent) == []


def test_two_writers_of_one_target_in_one_process_are_refused_not_mixed(target):
    with atomic_writer(str(target)) as outer:
        outer.write(b"outer")
        with pytest.raises(OutputError, match="File exists"):
            write(target)
    assert target.read_bytes() == b"outer"


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127])
def test_the_longest_names_work(tmp_path, name):
    path = tmp_path / name
    write(path)
    (tmp_path / f".{temporary_file.stem(name)}.{dead_pid()}.tmp").write_bytes(b"half")
    write(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert os.listdir(tmp_path) == [name]


def test_a_folder_that_vanishes_is_reported(tmp_path):
    with pytest.raises(OutputError, match="No such file or directory"):
        write(tmp_path / "gone" / "out.csv")


@pytest.mark.parametrize("path", ["sub/../missing/out.csv", "missing/out.csv"])
def test_a_missing_folder_is_named_before_the_work(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        check_target(path)
    folder = os.path.dirname(path)
    assert str(caught.value) == (
        f"the output's folder does not exist: {folder}\n  mend: make it first, or write elsewhere"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("path", [".", "folder", "folder/", "new/"])
def test_a_folder_is_refused(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="the output is a folder"):
        check_target(path)


@pytest.mark.parametrize("source", ["loop.csv", "x" * 300 + ".csv", "a\0b.csv"])
def test_an_input_that_no_system_opens_is_no_fault_of_the_output(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "out.csv").write_text("Score\n")
    check_target("out.csv", [source])


def test_an_empty_name_is_refused():
    with pytest.raises(UsageError, match="the output file has no name"):
        check_target("")


@pytest.mark.parametrize("path", ["a\0b", "x" * 300])
def test_an_impossible_name_is_refused(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot write"):
        check_target(path)


def test_a_loop_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UsageError, match="symbolic links"):
        check_target(str(tmp_path / "a"))


def test_an_input_is_refused_as_output_under_any_name(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("x")
    (tmp_path / "link.csv").symlink_to("in.csv")
    os.link(source, tmp_path / "hard.csv")
    for name in ("in.csv", "link.csv", "hard.csv", "./in.csv"):
        with pytest.raises(UsageError, match="the output is also an input"):
            check_target(os.path.join(tmp_path, name), [str(tmp_path / "missing"), str(source)])
    check_target(str(tmp_path / "out.csv"), [str(source)])


@pytest.mark.parametrize("path", ["-", "/dev/null", "/dev/stdout"])
def test_streams_and_devices_are_accepted(path):
    check_target(path, ["/dev/null"])


@NOT_ROOT
def test_a_write_protected_file_is_refused(target):
    target.chmod(0o444)
    with pytest.raises(UsageError, match="the output is write-protected"):
        check_target(str(target))


@NOT_ROOT
def test_a_write_protected_folder_is_refused(target):
    target.parent.chmod(0o555)
    try:
        with pytest.raises(UsageError, match="folder is write-protected"):
            check_target(str(target.parent / "new.csv"))
    finally:
        target.parent.chmod(0o755)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_the_system_says_is_write_protected_is_refused(target, monkeypatch, kind):
    # The same as above for root, whom permission bits do not stop (a read-only file system does).
    protected = str(target if kind == "file" else target.parent)
    monkeypatch.setattr(atomic_file.os, "access", lambda path, mode: os.fspath(path) != protected)
    with pytest.raises(UsageError, match="write-protected"):
        check_target(str(target))


def run(code, **options):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=300, **options)


STDOUT_CODE = """
from equipment_optimizer.system.atomic_file import atomic_writer
print("before")
with atomic_writer("-") as writer:
    writer.write(b"bytes\\n")
"""


def test_standard_output_keeps_the_order_of_what_was_printed():
    done = run(STDOUT_CODE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"before\nbytes\n", b"")


def test_a_closed_standard_output_is_reported():
    done = run("import sys\nsys.stdout.close()\nsys.stdout = None\n" + STDOUT_CODE.replace('print("before")', ""))
    assert b"OutputError: cannot write standard output: standard output is closed" in done.stderr


def test_a_full_standard_output_is_reported_once():
    with open("/dev/full", "wb") as full:
        code = STDOUT_CODE.replace('print("before")', "")
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, timeout=300)
    assert b"OutputError: cannot write standard output: No space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_an_interrupt_when_the_temporary_file_has_just_been_made_leaves_none(target, monkeypatch):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(temporary_file, "_lock", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(target)
    assert leftovers(target.parent) == []
    assert target.read_bytes() == b"old"
