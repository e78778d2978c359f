"""What pytest needs wherever it is called from: the data, and an empty folder for each notebook."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbval.plugin
import pytest

from tools.preflight import problem

ROOT = Path(__file__).parent
os.environ["KERAS_HOME"] = str(ROOT / "assets/keras")


class KernelInEmptyFolder(nbval.plugin.RunningKernel):
    """nbval starts a kernel beside the notebook; here a chapter has to stand alone."""

    def __init__(self, kernel_name, cwd, **options):
        self.empty_folder = tempfile.TemporaryDirectory()
        super().__init__(kernel_name, cwd=self.empty_folder.name, **options)


nbval.plugin.RunningKernel = KernelInEmptyFolder


def pytest_configure():
    if sentence := problem():
        pytest.exit(sentence, returncode=2)


@pytest.fixture(scope="session")
def site():
    """Build the site, as `make book` does, and return its folder."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    command += ["-W", "-n", "--keep-going", "--quiet"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return ROOT / "_build/html"
