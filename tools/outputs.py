"""Execute chapters in place: `python -m tools.outputs [CHAPTER …]` (05, say; without one, all).

A notebook is written only after all of its cells ran and drew what they should: after an error or
an interruption it is what it was. Each chapter runs in an empty folder, because it must not need a
file beside it. A figure whose cell is tagged `front-page` also becomes the picture of the README
and of the welcome page.

The notebook then runs in each other language. Outputs that are not the English ones are kept in
locales/LANGUAGE/outputs, with a fingerprint of the code that gave them. `--translations` makes
only these runs.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from sphinx_extensions.ranges import numbers, texts
from tools import translate
from tools.compare import accepts, written
from tools.environment import ROOT, adopt

CHAPTERS = ROOT / "chapters"
PICTURE = ROOT / "assets/digits-read.png"


def images(cell):
    """The PNG figures among the outputs of a code cell, as bytes."""
    outputs = [output.get("data", {}).get("image/png") for output in cell.get("outputs", [])]
    return [base64.b64decode(png) for png in outputs if png]


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def alternative(cell):
    """What stands in for the figure of a cell where nobody sees it; empty if it has none."""
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")


def pictures(notebook):
    """The figures of the cells tagged `front-page`."""
    cells = [cell for cell in notebook.cells if "front-page" in tags(cell)]
    return [image for cell in cells for image in images(cell)]


def tagged_code(path, tag):
    """The cells of the notebook at `path` that have this tag, as one program."""
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if tag in tags(cell))


def apart(function, *arguments):
    """What a function returns in a process of its own, in which nothing ran before."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def run_cells(notebook, **options):
    """Run a notebook from top to bottom by our kernel, in an empty folder; it has then its outputs.

    Of a progress line it keeps what a reader would see last.
    """
    os.environ["COURSE_RECORD"] = "1"  # see tools/jupyter/kernels/python3/start.py
    with tempfile.TemporaryDirectory() as empty_folder:
        options |= {"resources": {"metadata": {"path": empty_folder}}, "record_timing": False}
        client = NotebookClient(
            notebook, timeout=None, kernel_name="python3", coalesce_streams=True, **options
        )
        client.execute(stderr=subprocess.DEVNULL)  # what TensorFlow says about the machine


def store(notebook, path):
    """Write a notebook in place of the one at `path`, whole or not at all."""
    part = path.with_suffix(".part")
    nbformat.write(notebook, part)
    os.replace(part, path)


def executed(notebook):
    """The notebook, run from top to bottom.

    Raises `CellExecutionError` if a cell fails and `ValueError` if one draws nothing although a
    figure is described there.
    """
    run_cells(notebook)
    for cell in notebook.cells:
        if alternative(cell) and not images(cell):
            raise ValueError(f"This cell drew no figure:\n\n{cell.source}\n")
    return notebook


def execute(path):
    """Run the notebook at `path` and store its outputs in it, if all goes well: see `executed`."""
    notebook = executed(nbformat.read(path, as_version=4))
    notebook.metadata["language_info"] = {"name": "python"}  # the version would differ by machine
    store(notebook, path)
    for picture in pictures(notebook):
        PICTURE.write_bytes(picture)


def numbers_of(outputs, english, ranges):
    """Outputs in another language, with the numbers of the English ones, which prose speaks of.

    That is done where each of them lies in its range; a duration stays what this run took.
    """
    shown, told = ([*texts({"outputs": one})] for one in (outputs, english))
    ours, theirs = ([n for text in one for n in written(text)] for one in (shown, told))
    limits = ranges or [None] * len(theirs)
    if not len(ours) == len(theirs) == len(limits):
        return outputs
    for own, number, new in zip(limits, theirs, ours, strict=True):
        if number != new and not (own and accepts(own, new)):
            return outputs
    for output in outputs:
        for holder, key in ((output, "text"), (output.get("data", {}), "text/plain")):
            if holder.get(key) in shown:
                text = holder[key]
                found = numbers(text)
                own, theirs = theirs[: len(found)], theirs[len(found) :]
                for place, number in reversed([*zip(found, own, strict=True)]):
                    text = text[: place.start()] + number + text[place.end() :]
                holder[key] = text
    return outputs


def execute_translation(path, language):
    """Run the notebook in another language and keep the outputs that are not the English ones."""
    known = translate.translations(language, f"chapters/{path.stem}")
    text = translate.translate_source(path, known)[0]
    notebook, english = nbformat.reads(text, as_version=4), nbformat.read(path, as_version=4)
    code = [cell for cell in executed(notebook).cells if cell.cell_type == "code"]
    told = {cell.id: cell.outputs for cell in english.cells if cell.cell_type == "code"}
    for cell in code:
        ranges = cell.metadata.get("ranges")
        cell.outputs = numbers_of(cell.outputs, told[cell.id], ranges)
    own = {cell.id: cell.outputs for cell in code if cell.outputs != told[cell.id]}
    kept = {"code": translate.code_of(text), "cells": own}
    for picture in pictures(notebook):
        place = PICTURE.parent / language / PICTURE.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(picture)
    file = translate.own_outputs(language, path)[0]
    translate.write(file, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def notebooks(chapters):
    """The paths of the chapters whose numbers are given; a sentence and the end if one is wrong."""
    paths = {path.name[:2]: path for path in sorted(CHAPTERS.glob("*.ipynb"))}
    if wrong := set(chapters) - set(paths):
        sys.exit(f"There is no chapter {wrong.pop()}. Choose one of: {' '.join(paths)}.")
    return [paths[chapter] for chapter in chapters or paths]


def main(chapters):
    """Execute the chapters whose numbers are given, or all."""
    adopt()
    again = "--translations" not in chapters
    for path in notebooks([name for name in chapters if name != "--translations"]):
        for language in translate.LANGUAGES if again else translate.OTHERS:
            print(f"{path.name}, {language} …", flush=True)
            try:
                if language == translate.MAIN:
                    execute(path)
                else:
                    execute_translation(path, language)
            except (CellExecutionError, ValueError) as error:
                sys.exit(f"{error}\n{path.name} was left as it was: the cell above failed.")


if __name__ == "__main__":
    main(sys.argv[1:])
