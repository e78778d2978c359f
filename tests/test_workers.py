"""Chapter 12's supervisor and workers, killed at several moments; the code is that of its cells."""

import itertools
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.test_chapters import CHAPTERS, code_cells, read

pytestmark = pytest.mark.full
CODE = [cell.source for cell in code_cells(read(CHAPTERS / "12-more-machines.ipynb"))]
WANTED = ("import json", "program", "def free_ports", "def launch", "def nobody", "def follow")
# Below those that systems give away on their own, so that no other program gets one in between.
PORTS = itertools.count(10_000 + os.getpid() % 1_000 * 20)


@pytest.fixture(scope="module")
def chapter():
    """The names that the chapter's cells define, from the worker's program to the supervisor."""
    names = {"show_progress": lambda text: None}
    for code in CODE:
        if code.startswith(WANTED):
            exec(code, names)
    names["free_ports"] = free_ports
    return names


def free_ports(count):
    """Ports on which nobody listens, and which nobody gets by chance before a worker has them."""
    return [*itertools.islice(filter(is_free, PORTS), count)]


def is_free(port):
    """Whether a new worker could listen on the port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def weights(folder):
    with np.load(folder / "weights-0.npz") as tables:
        return np.concatenate([np.ravel(table) for table in tables.values()])


def workers_alive(folder):
    """The processes that still run this folder's worker."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if str(folder / "worker.py") in line]


@pytest.fixture(scope="module")
def calm(chapter, tmp_path_factory):
    """The folder of a training that nobody disturbed; ten checkpoints, the last at its end."""
    folder = tmp_path_factory.mktemp("calm")
    chapter["supervise"](folder, steps=28, every=3)
    return folder


def test_five_deaths_cost_no_more_than_the_steps_since_the_checkpoints(
    chapter, calm, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # as in many containers: print writes word by word
    deaths = [(1, 1), (0, 4), (1, 8), (0, 14), (1, 17)]  # victim, and after which step
    killed = []  # the workers of each turn, and the step at which one of them died

    def watch(workers, line):
        word, step = line.split()[:2]
        if len(killed) < 5 and all(workers is not earlier for earlier, _ in killed):
            victim, moment = deaths[len(killed)]
            if word == "step" and int(step) >= moment:
                workers[victim].kill()
                killed.append((workers, int(step)))

    chapter["supervise"](tmp_path, steps=28, every=3, watch=watch, restarts=5)
    begun = [int(line.split()[1]) for line in chapter["said"](tmp_path) if line.startswith("begin")]
    assert len(killed) == 5 and len(begun) == 6
    assert all(step - 3 < start <= 28 for (_, step), start in zip(killed, begun[1:], strict=True))
    assert np.abs(weights(tmp_path) - weights(calm)).max() < 1e-6
    assert not workers_alive(tmp_path)


def test_all_start_again_unless_both_ended_well(chapter, tmp_path, monkeypatch):
    ends, honest_launch = [0, 1, 1, 0, 0, 0], chapter["launch"]

    def launch(command, folder, cluster, index):
        command = [sys.executable, "-c", f"raise SystemExit({ends.pop(0)})"]
        return honest_launch(command, folder, cluster, index)

    monkeypatch.setitem(chapter, "launch", launch)
    chapter["supervise"](tmp_path)
    assert not ends


def test_an_interruption_leaves_no_worker_behind(chapter, tmp_path):
    def interrupt(workers, line):
        raise KeyboardInterrupt

    ports = free_ports(2)
    with pytest.raises(KeyboardInterrupt):
        chapter["supervise"](tmp_path, watch=interrupt, ports=ports)
    assert not workers_alive(tmp_path) and all(map(is_free, ports))


def test_a_worker_that_waits_in_vain_ends_by_itself(chapter, tmp_path):
    """Its supervisor dies while TensorFlow waits for the other worker and no thread has a turn."""
    program = chapter["program"].replace("traceback_later(180,", "traceback_later(25,")
    (tmp_path / "worker.py").write_text(program, encoding="utf-8")
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    command = [sys.executable, tmp_path / "worker.py", tmp_path, "24", "4"]
    worker = chapter["launch"](command, tmp_path, cluster, 1)
    try:
        time.sleep(15)
        worker.stdin.close()
        assert worker.wait(timeout=600) == 1
    finally:
        worker.kill()
