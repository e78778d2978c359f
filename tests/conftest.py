"""The browser in which the tests of a file open pages, and a host that serves the site to it."""

from functools import partial

import pytest

from tests.test_site import opened
from tools.browser import SITE, browser, served


@pytest.fixture(scope="module")
def chrome():
    assert (SITE / "index.html").exists(), "There is no site to test: type make book."
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address():
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def visit(chrome, address):
    """`opened` in this browser, from this host."""
    return partial(opened, chrome, address)
