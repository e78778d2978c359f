"""The browser that tests and tools drive; as a program, install one if there is none.

`python tests/browser.py` is what `make test` calls first. It uses the browser named by CHROMIUM, or
one on the PATH, or Playwright's own, and otherwise tries to install one.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
MISSING = (
    "No Chromium was found. Type one of\n"
    "    sudo apt install chromium\n"
    "    .venv/bin/playwright install --with-deps chromium\n"
    "or name yours: CHROMIUM=/path/to/chromium make test"
)


def chromium():
    """The path of a Chromium or Chrome; FileNotFoundError with what to type if there is none."""
    if named := os.environ.get("CHROMIUM"):
        if path := shutil.which(named):
            return path
        raise FileNotFoundError(f"CHROMIUM={named} is not a program.")
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        return path
    raise FileNotFoundError(MISSING)


@contextmanager
def browser():
    """A headless browser of Playwright's, closed at the end."""
    path = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


def install():
    """Try to install a browser: Playwright's own, or as root on Debian the distribution's."""
    attempts = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-qq"]
        attempts.insert(0, [[*apt, "update"], [*apt, "install", "--yes", "chromium"]])
    for commands in attempts:
        for command in commands:
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return chromium()
        except FileNotFoundError:
            continue
    sys.exit(MISSING)


if __name__ == "__main__":
    try:
        chromium()
    except FileNotFoundError as error:
        if os.environ.get("CHROMIUM"):
            sys.exit(str(error))
        print("Installing Chromium for the tests …", flush=True)
        install()
