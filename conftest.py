"""What pytest needs wherever and however it is called: our environment, the data, and the order."""

import os
import tempfile

import nbval.plugin
import pytest
from nbval.plugin import IPyNbCell

from tools.compare import figure_faults, range_faults, text_faults
from tools.environment import ROOT, adopt
from tools.outputs import images
from tools.preflight import problem

if "PYTEST_XDIST_WORKER" in os.environ:  # several at a time: threads of one would wait for another
    os.environ["COURSE_THREADS"] = "1"
os.environ["COURSE_RECORD"] = "1"  # Keras writes lines: tools/jupyter/kernels/python3/start.py
adopt()


class KernelInEmptyFolder(nbval.plugin.RunningKernel):
    """Our own kernel, in a folder where nothing else is: a chapter has to stand alone.

    nbval always starts a kernel beside the notebook and has no option for another folder. It
    also keeps cells out of the history, in which IPython looks for the `;` that hides a value.
    """

    def __init__(self, kernel_name, cwd, **options):
        self.empty_folder = tempfile.TemporaryDirectory()
        super().__init__("python3", cwd=self.empty_folder.name, **options)

    def execute_cell_input(self, cell_input, allow_stdin=None):
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


def compare_by_ranges(cell, fresh, stored, skip=None, compare=IPyNbCell.compare_outputs):
    """What nbval does, but by the ranges of numbers, and with figures: see tools/compare.py."""
    ranges = cell.cell.metadata.get("ranges", [])
    faults = [*range_faults(stored, ranges)] or [*text_faults(fresh, stored, ranges)]
    pictures = (images({"outputs": outputs}) for outputs in (fresh, stored))
    faults += figure_faults(*pictures, cell.cell.metadata)
    same = compare(cell, fresh, stored, skip)
    cell.comparison_traceback[:0] = [f"{fault}\n" for fault in faults]
    return same and not faults


nbval.plugin.RunningKernel = KernelInEmptyFolder
IPyNbCell.compare_outputs = compare_by_ranges


def pytest_configure(config):
    """Stop if something is missing; what nbval may pass over stands in one file."""
    if sentence := problem():
        pytest.exit(sentence, returncode=2)
    config.option.nbval_sanitize_with = str(ROOT / "tests/sanitize.cfg")


@pytest.hookimpl(optionalhook=True)  # a reader has no xdist
def pytest_xdist_auto_num_workers():
    """One more than there are cores: who tests a page waits for it half of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that several processes end at about the same time."""
    longest = ["12-more-machines", "03-training", "11-accuracy", "07-digits-network"]
    longest += ["08-digits-predictions", "02-deep-networks", "09-digits-reuse", "10-speed"]
    longest += ["test_site", "test_explore", "06-digits-data", "test_teach", "04-activation"]
    longest += ["test_questions", "test_digits", "test_digits_page", "test_asked_numbers"]
    place = {name: number for number, name in enumerate(longest)}
    items.sort(key=lambda item: place.get(item.path.stem, len(longest)))
