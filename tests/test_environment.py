"""What a caller's shell, home and folder say changes nothing that a notebook gives."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tools.browser import flags
from tools.environment import ROOT, environment
from tools.outputs import execute, images

CELLS = [
    "import os\nimport keras\nimport matplotlib.pyplot as plt\nimport numpy as np",
    "print(open(os.devnull).encoding, 'STARTED' in globals(), os.environ.get('COLUMNS'))",
    "print(keras.backend.backend(), keras.config.floatx(), keras.config.image_data_format())",
    "plt.figure(figsize=(2, 1))\nplt.plot([1, 2])\nplt.show()\nprint(plt.rcParams['figure.dpi'])",
    "keras.utils.set_random_seed(0)\nmodel = keras.Sequential([keras.Input((3,)), "
    "keras.layers.Dense(1)])\nmodel.summary()\nprint(model.predict(np.ones((1, 3)), verbose=0))",
]
FATAL = {"KERAS_BACKEND": "jax", "PYTHONPATH": "{home}/fake", "JUPYTER_PATH": "{home}/fake"}
HOSTILE = {
    "HOME": "{home}",
    "MPLBACKEND": "Agg",
    "MATPLOTLIBRC": "{home}/matplotlibrc",
    "KERAS_HOME": "{home}/.keras",
    "IPYTHONDIR": "{home}/.ipython",
    "JUPYTER_CONFIG_DIR": "{home}/.jupyter",
    "PYTHONSTARTUP": "{home}/start.py",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "latin-1",
    "XLA_FLAGS": "--xla_no_such_flag",
    "TF_USE_LEGACY_KERAS": "1",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OMP_NUM_THREADS": "7",
    "PYTEST_ADDOPTS": "--no-such-option",
    "PIP_TARGET": "{home}",
    "NO_COLOR": "1",
    "COLUMNS": "40",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "fr_FR.ISO-8859-1",
}
FILES = {
    "fake/keras.py": "raise SystemExit('not the real Keras')",
    "fake/kernels/python3/kernel.json": '{"argv": ["false"], "display_name": "no kernel"}',
    "start.py": "STARTED = True",
    ".ipython/profile_default/startup/00.py": "STARTED = True",
    ".keras/keras.json": '{"floatx": "float64", "image_data_format": "channels_first"}',
    "matplotlibrc": "figure.dpi: 30",
}
PLAIN = """import nbformat, nbclient, sys
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder whose files change or break what a kernel gives."""
    home = tmp_path_factory.mktemp("home")
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A renamed clone with one small chapter, executed where nothing is hostile."""
    folder = tmp_path_factory.mktemp("clones") / "réseaux de neurones"
    for name in ("sphinx_extensions", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    files = "conftest.py", "pyproject.toml", "requirements.txt", "tests/sanitize.cfg", "_config.yml"
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "assets").mkdir()
    (folder / "assets/keras").symlink_to(ROOT / "assets/keras")
    (folder / "chapters").mkdir()
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(CELLS)]
    cells[3].metadata["mystnb"] = {"image": {"alt": "a line"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "chapters/01-small.ipynb")
    make_outputs(folder, os.environ)
    return folder


def make_outputs(clone, variables):
    """What `make outputs CHAPTER=01` types."""
    run = [sys.executable, "-I", clone / "tools/environment.py", sys.executable, "-m"]
    call(clone, [*run, "tools.preflight"], variables)
    call(clone, [*run, "tools.outputs", "01"], variables)


def call(folder, command, variables):
    """Run a command in a folder, which has to end well; its words."""
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True)
    words = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, words
    return words


def hostile(home, names):
    """The variables of the caller with these ones as well."""
    return os.environ | {name: (FATAL | HOSTILE)[name].format(home=home) for name in names}


def test_a_variable_is_left_out_or_set(monkeypatch):
    for name in (FATAL | HOSTILE).keys() - {"HOME"}:
        monkeypatch.setenv(name, "hostile")
    assert "hostile" not in environment().values()


@pytest.mark.full
def test_nbval_passes_in_a_hostile_environment_and_from_another_folder(clone, home):
    variables = hostile(home, (FATAL | HOSTILE).keys() - {"PYTEST_ADDOPTS", "PYTHONPATH"})
    without_test_packages = ["-p", "no:xdist", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *without_test_packages, "--nbval"]
    said = call(home, [*command, clone / "chapters/01-small.ipynb"], variables)
    assert f"{len(CELLS)} passed" in said


@pytest.mark.full
def test_outputs_are_the_same_in_a_hostile_environment(clone, home):
    before = (clone / "chapters/01-small.ipynb").read_bytes()
    make_outputs(clone, hostile(home, FATAL | HOSTILE))
    assert (clone / "chapters/01-small.ipynb").read_bytes() == before


@pytest.mark.full
@pytest.mark.parametrize("names", [*([name] for name in FATAL), HOSTILE], ids=len)
def test_without_it_they_stop_the_notebook_or_change_every_cell(names, clone, home, tmp_path):
    path = clone / "chapters/01-small.ipynb"
    copy = shutil.copy(path, tmp_path)
    done = subprocess.run([sys.executable, "-c", PLAIN, copy], env=hostile(home, names))
    pairs = zip(nbformat.read(path, 4).cells, nbformat.read(copy, 4).cells, strict=True)
    changed = all(ours.outputs != theirs.outputs for ours, theirs in [*pairs][1:])
    assert changed == (names is HOSTILE) == (done.returncode == 0)


def test_a_notebook_without_its_figure_is_not_written(tmp_path):
    path = tmp_path / "case.ipynb"
    source = "import matplotlib.pyplot as plt\nplt.switch_backend('Agg')\nplt.plot([1]);"
    cell = nbformat.v4.new_code_cell(source, metadata={"mystnb": {"image": {"alt": "a dot"}}})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="This cell drew no figure:\n\nimport matplotlib"):
        execute(path)
    assert path.read_bytes() == before and not images(nbformat.read(path, 4).cells[0])


def program(folder, name, code):
    """A program called `name` that notes what it is called with and ends with this code."""
    script = folder / name
    script.write_text(f"#!/bin/sh\necho $0 $* >> {folder}/called\nexit {code}\n", encoding="utf-8")
    script.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("user, refused, expected", [(0, 0, True), (1, 1, True), (1, 0, False)])
def test_the_sandbox_goes_where_it_is_refused(user, refused, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", program(tmp_path, "unshare", refused), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--no-sandbox" in flags()) == expected


@pytest.mark.parametrize("options, installs", [([], False), (["--install"], True)])
def test_nothing_is_installed_unless_asked(options, installs, tmp_path):
    variables = {"PATH": program(tmp_path, "apt-get", 0), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.browser", *options],
        cwd=ROOT, env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "type `make browser` to get one" in done.stderr
    assert (tmp_path / "called").exists() == installs or os.geteuid() != 0
