"""Run chapters alone, as Colab does, with the oldest and the newest TensorFlow and Keras.

`python tools/portability.py [CHAPTER ...]` (05, say; without one, all) makes an environment for
each below `_build/portability`, runs every chapter there in an empty folder, and prints a table.
The asserts in the chapters are the judges; outputs are not compared. What passed is remembered
until the chapter or a package changes, so that an interrupted run goes on where it was.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import nbformat

from tools.outputs import notebooks

FOLDER = Path(__file__).parent.parent / "_build/portability"
ENVIRONMENTS = {
    "oldest": [
        "tensorflow==2.16.1; python_version < '3.13'",
        "tensorflow==2.20.0; python_version >= '3.13'",
        "keras==3.8.0",
    ],
    "newest": ["tensorflow", "keras"],
}
BESIDE = ["matplotlib", "pillow", "ipykernel", "nbclient"]  # what a chapter and its kernel need


def environment(name):
    """Make or refresh the environment `name`; return its folder and its packages, as pip tells."""
    folder = FOLDER / name
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, clear=True, with_pip=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-qq", "--upgrade", *ENVIRONMENTS[name], *BESIDE], check=True)
    return folder, subprocess.run([*pip, "freeze"], check=True, capture_output=True).stdout.decode()


def run(path, folder):
    """Run the notebook at `path` in the environment `folder`; return what went wrong, or ''."""
    with tempfile.TemporaryDirectory() as empty_folder:
        shutil.copy(path, empty_folder)
        result = subprocess.run(
            [folder / "bin/jupyter-execute", "--timeout=-1", path.name],
            cwd=empty_folder,
            capture_output=True,
            text=True,
        )
        return result.stderr if result.returncode else ""


def code(path):
    """The code of the notebook at `path`, which alone decides whether it runs."""
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


def main(chapters):
    paths = notebooks(chapters)
    table = {}
    for name in ENVIRONMENTS:
        folder, packages = environment(name)
        versions = dict(line.lower().split("==") for line in packages.split() if "==" in line)
        title = f"{name}: TensorFlow {versions['tensorflow']}, Keras {versions['keras']}"
        print(title, flush=True)
        for path in paths:
            key = hashlib.sha256((packages + code(path)).encode()).hexdigest()
            record = folder / f"{path.stem}.json"
            known = json.loads(record.read_text()) if record.exists() else {}
            if known.get("key") != key or known["error"]:
                start = time.perf_counter()
                error = run(path, folder)
                known = {"key": key, "error": error, "seconds": time.perf_counter() - start}
                record.write_text(json.dumps(known))
                print(f"  {path.stem}: {error[-3000:] or 'passed'}", flush=True)
            table[path.stem, title] = known
    titles = list(dict.fromkeys(title for _, title in table))
    print(f"\n{'chapter':24}" + "".join(f"{title:46}" for title in titles))
    for path in paths:
        cells = [table[path.stem, title] for title in titles]
        words = ["FAILED" if c["error"] else f"passed in {c['seconds']:.0f} s" for c in cells]
        print(f"{path.stem:24}" + "".join(f"{word:46}" for word in words))
    return any(known["error"] for known in table.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
