"""Run a command with an environment of our own: `python -I tools/environment.py COMMAND …`.

What somebody's shell or home folder says to Python, pip, Jupyter, Matplotlib, Keras or TensorFlow
must not change what a notebook gives. So a command gets the variables of `KEPT`, which say where
things are and how the network is reached, and the settings below; every other one is left out.
"""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = r"""
    PATH | HOME | USER | LOGNAME | SHELL | TERM | TMPDIR | TEMP | TMP | LD_LIBRARY_PATH | SYSTEMROOT
    | DISPLAY | WAYLAND_DISPLAY | XAUTHORITY | DBUS_SESSION_BUS_ADDRESS | BROWSER | WSL_\w+
    | XDG_(RUNTIME_DIR|CONFIG_HOME|DATA_DIRS|CURRENT_DESKTOP)
    | (HTTPS?|FTP|ALL|NO)_PROXY | SSL_CERT_(FILE|DIR) | (REQUESTS|CURL)_CA_BUNDLE
    | NODE_EXTRA_CA_CERTS | NPM_CONFIG_(REGISTRY|CAFILE)
    | PIP_((EXTRA_)?INDEX_URL|FIND_LINKS|NO_INDEX|CERT|CLIENT_CERT|TRUSTED_HOST|CONFIG_FILE)
    | UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|SYSTEM_CERTS|NATIVE_TLS)
    | PLAYWRIGHT_(BROWSERS_PATH|DOWNLOAD_HOST|\w+_DOWNLOAD_HOST)
    | CI | GITHUB_(ACTIONS|REPOSITORY) | CHROMIUM | COURSE_\w+ | PYTEST_(XDIST_\w+|VERSION)
"""
THREADS = [
    f"{name}_THREADS" for name in ("OMP_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP")
]


def environment():
    """The variables that everything here runs with, as a dictionary.

    Jupyter, IPython, Matplotlib and npm keep what they remember in `_build/home`, or in the folder
    that COURSE_HOME names; COURSE_THREADS=1 lets everything calculate with one thread. Of our
    Jupyter files there is one: a kernel that does not capture file descriptor 2, to which
    TensorFlow writes before any level of its log can silence it.
    """
    home = Path(os.environ.get("COURSE_HOME") or ROOT / "_build/home").absolute()
    home.mkdir(parents=True, exist_ok=True)  # IPython does not make the folder of its folder
    known = re.compile(KEPT, re.VERBOSE | re.IGNORECASE)
    ours = {name: value for name, value in os.environ.items() if known.fullmatch(name)}
    if threads := os.environ.get("COURSE_THREADS"):
        ours |= dict.fromkeys(THREADS, threads)
    return ours | {
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_cache": f"{home}/npm",
        "XDG_CACHE_HOME": f"{home}/cache",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "IPYTHONDIR": f"{home}/ipython",
        "JUPYTER_CONFIG_DIR": f"{home}/jupyter/config",
        "JUPYTER_DATA_DIR": f"{home}/jupyter/data",
        "JUPYTER_RUNTIME_DIR": f"{home}/jupyter/runtime",
        "JUPYTER_PATH": f"{ROOT}/tools/jupyter",
        "KERAS_HOME": f"{ROOT}/assets/keras",
    }


def adopt():
    """Let this process, and what it starts from here on, have that environment."""
    ours = environment()
    os.environ.clear()
    os.environ.update(ours)


if __name__ == "__main__":
    try:
        os.execvpe(sys.argv[1], sys.argv[1:], environment())
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror}")
