"""What pytest needs wherever it is called from: the data, and an empty folder for each notebook."""

import os
import tempfile
from pathlib import Path

import nbval.plugin
import pytest

from tools.preflight import problem

os.environ["KERAS_HOME"] = str(Path(__file__).parent / "assets/keras")
if "PYTEST_XDIST_WORKER" in os.environ:  # several at a time: threads of one would wait for another
    for threads in ("OMP_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
        os.environ[f"{threads}_THREADS"] = "1"


class KernelInEmptyFolder(nbval.plugin.RunningKernel):
    """nbval starts a kernel beside the notebook; here a chapter has to stand alone."""

    def __init__(self, kernel_name, cwd, **options):
        self.empty_folder = tempfile.TemporaryDirectory()
        super().__init__(kernel_name, cwd=self.empty_folder.name, **options)


nbval.plugin.RunningKernel = KernelInEmptyFolder


def pytest_configure():
    if sentence := problem():
        pytest.exit(sentence, returncode=2)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that several processes end at about the same time."""
    longest = ("10-accuracy", "test_site", "test_workers", "07-digits-network", "11-more-machines")
    items.sort(key=lambda item: item.path.stem not in longest)
