"""Runs the site's JavaScript in Node, so that Python's tests can look at what it computes."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from sphinx_extensions.explorables import FILES, NAMES
from tools.environment import ROOT

LOADED = dict.fromkeys(file for name in NAMES for file in FILES[name])
EXPLORE = [f"assets/static/{file}" for file in LOADED if file.endswith(".js")]
DIGITS = [f"assets/static/digits/{name}.js" for name in ("network", "prepare", "samples", "header")]
NODE = shutil.which("node", path=str(Path(sys.prefix, "bin"))) or shutil.which("node")


def packed(value):
    """NumPy's numbers and arrays as JSON has them; long tables as their bytes."""
    if isinstance(value, np.ndarray) and value.dtype in ("float32", "uint8"):
        return {str(value.dtype): base64.b64encode(value.tobytes()).decode()}
    return value.tolist()


def js(code, scripts=(*EXPLORE, *DIGITS), **given):
    """Return what `code`, the body of a function, returns when the scripts were run.

    They leave their functions in `course`. What is given has its name in the code, a table of
    float32 or uint8 as a flat array. An error of the code is an AssertionError with its message.
    """
    assert NODE, "Node is missing: type `make clean`, then `make test`"
    job = {"scripts": list(map(str, scripts)), "code": code, "given": given}
    done = subprocess.run(
        [NODE, ROOT / "tests/run.js"],
        input=json.dumps(job, default=packed),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None
