"""Chapter 12's supervisor and workers, hurt at several moments; the code is that of its cells."""

import itertools
import os
import re
import shutil
import socket

import numpy as np
import pytest

from tests.test_chapters import CHAPTERS, code_cells, read

pytestmark = pytest.mark.full
CODE = [cell.source for cell in code_cells(read(CHAPTERS / "12-more-machines.ipynb"))]
WANTED = (
    "import json",
    "network =",
    "step =",
    "recovery =",
    "training =",
    "def free_",
    "def superv",
)
# Below those that systems give away on their own, so that no other program gets one in between.
PORTS = itertools.count(10_000 + os.getpid() % 1_000 * 20)
STARTED = []  # every worker of these tests


@pytest.fixture(scope="module")
def chapter():
    """The names that the chapter's cells define; 28 steps, a checkpoint after every third."""
    names = {}
    for code in CODE:
        if code.startswith(WANTED):
            exec(code, names)
    honest_start = names["start"]
    names["free_port"] = lambda: next(filter(is_free, PORTS))
    names["start"] = lambda *task: STARTED.append(honest_start(*task)) or STARTED[-1]
    training = names["training"].replace("range(first, 60)", "range(first, 28)")
    training = training.replace("% 30 == 0", "% 3 == 0")
    assert training.count("28)") == training.count("% 3 ==") == 1
    names["program"] = names["network"] + names["step"] + names["recovery"] + training
    return names


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    assert all(worker.poll() is not None for worker in STARTED)


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


def begun(chapter, folder):
    """The steps at which the workers began, each time."""
    found = (re.fullmatch(r"begin (\d+)", line) for line in chapter["said"](folder))
    return [int(line[1]) for line in found if line]


@pytest.fixture(scope="module")
def calm(chapter, tmp_path_factory):
    """The folder of a training that nobody disturbed."""
    folder = tmp_path_factory.mktemp("calm")
    chapter["supervise"](chapter["program"], folder)
    return folder


@pytest.mark.parametrize("deaths", [
    [(1, "begin", 0), (0, "step", 3), (1, "step", 8)],
    [(0, "step", 1), (1, "step", 14), (0, "step", 25)],
])  # fmt: skip
def test_six_deaths_end_with_the_weights_of_an_undisturbed_training(
    chapter, calm, tmp_path, monkeypatch, deaths
):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # as in many containers: print writes word by word
    killed = []  # the workers of each turn, and the step at which one of them died

    def watch(team, line):
        said = re.fullmatch(r"(begin|step) (\d+)", line)
        if said and len(killed) < 3 and all(team is not earlier for earlier, _ in killed):
            victim, word, moment = deaths[len(killed)]
            if said[1] == word and int(said[2]) >= moment:
                team[victim].kill()
                killed.append((team, int(said[2])))

    chapter["supervise"](chapter["program"], tmp_path, watch=watch)
    starts = begun(chapter, tmp_path)
    assert len(killed) == 3 and len(starts) == 4
    assert all(step - 3 < start <= 28 for (_, step), start in zip(killed, starts[1:], strict=True))
    assert np.array_equal(weights(tmp_path), weights(calm))


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [flip, os.remove], ids=["a bit", "a file"])
def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(chapter, calm, tmp_path, damage):
    shutil.copytree(calm, tmp_path, dirs_exist_ok=True)
    for file in (tmp_path / "saved").iterdir():  # the paths of the checkpoints are absolute
        if file.name == "checkpoint":
            file.write_text(file.read_text().replace(str(calm), str(tmp_path)))
    damage(max((tmp_path / "saved").glob("*.data*"), key=os.path.getmtime))
    (tmp_path / "weights-0.npz").unlink()
    chapter["supervise"](chapter["program"], tmp_path)
    assert begun(chapter, tmp_path) == [0, 24]
    assert np.array_equal(weights(tmp_path), weights(calm))


def test_a_taken_port_is_left_for_another(chapter, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as guest:
        ports = iter([guest.getsockname()[1], chapter["free_port"]()])
        monkeypatch.setitem(chapter, "free_port", lambda: next(ports))
        chapter["supervise"](chapter["program"], tmp_path, workers=1)
    assert begun(chapter, tmp_path) == [0] and weights(tmp_path).size == 669_706


def pretend(chapter, monkeypatch, programs):
    """Let the workers be these programs, one after another."""
    honest_start, programs = chapter["start"], iter(programs)
    fake = lambda program, *task: honest_start(next(programs), *task)  # noqa: E731
    monkeypatch.setitem(chapter, "start", fake)
    return programs


WELL, ILL, FROZEN = "", "raise SystemExit(1)", "import time; time.sleep(1000)"


def test_all_start_again_unless_all_ended_well(chapter, tmp_path, monkeypatch):
    left = pretend(chapter, monkeypatch, [WELL, ILL, ILL, FROZEN, FROZEN, WELL, WELL, WELL])
    chapter["supervise"]("", tmp_path, patience=20)
    assert list(left) == []


def test_after_four_deaths_it_gives_up(chapter, tmp_path, monkeypatch):
    left = pretend(chapter, monkeypatch, [ILL, WELL] * 5)
    with pytest.raises(RuntimeError, match="four times"):
        chapter["supervise"]("", tmp_path)
    assert len(list(left)) == 2


def test_an_interruption_leaves_no_worker_behind(chapter, tmp_path):
    def interrupt(team, line):
        if line.startswith("begin"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chapter["supervise"](chapter["program"], tmp_path, watch=interrupt)
