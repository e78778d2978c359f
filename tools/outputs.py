"""Execute chapters in place: `python tools/outputs.py [CHAPTER ...]` (05, say; without one, all).

A notebook is written only after all of its cells ran, so an error or an interruption leaves it as
it was. Each chapter runs in an empty folder: it must not need a file beside it. A figure whose cell
is tagged `front-page` also becomes the picture of the README and the welcome page.
"""

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CHAPTERS = Path(__file__).parent.parent / "chapters"
PICTURE = Path(__file__).parent.parent / "assets/digits-read.png"


def pictures(notebook):
    """The PNG figures, as bytes, of the cells tagged `front-page`."""
    for cell in notebook.cells:
        if "front-page" in cell.metadata.get("tags", []):
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    yield base64.b64decode(output.data["image/png"])


def execute(path):
    """Run the notebook at `path` from top to bottom and store its outputs in it.

    Raises `CellExecutionError`, and leaves the file alone, if a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as empty_folder:
        NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            coalesce_streams=True,  # keeps of a progress line what a reader would see last
            record_timing=False,
            resources={"metadata": {"path": empty_folder}},
        ).execute(stderr=subprocess.DEVNULL)  # what TensorFlow says about the machine
    notebook.metadata["language_info"] = {"name": "python"}  # the version would differ by machine
    part = path.with_suffix(".part")
    nbformat.write(notebook, part)
    os.replace(part, path)
    for picture in pictures(notebook):
        PICTURE.write_bytes(picture)


def notebooks(chapters):
    """The paths of the chapters whose numbers are given; a sentence and the end if one is wrong."""
    paths = {path.name[:2]: path for path in sorted(CHAPTERS.glob("*.ipynb"))}
    for chapter in chapters:
        if chapter not in paths:
            sys.exit(f"There is no chapter {chapter}. Choose one of: {' '.join(paths)}.")
    return [paths[chapter] for chapter in chapters or paths]


def main(chapters):
    """Execute the chapters whose numbers are given, or all."""
    for path in notebooks(chapters):
        print(f"{path.name} …", flush=True)
        try:
            execute(path)
        except CellExecutionError as error:
            sys.exit(f"{error}\n{path.name} was left as it was: the cell above failed.")


if __name__ == "__main__":
    main(sys.argv[1:])
