"""The demo's nine members on a wire of the sandbox's, the portal on it, and a
browser; started once, since these tests only look."""

import pytest
from support.browser import Browser
from support.portal import Portal
from support.process import wait_until
from support.sandbox import MEMBERS, Sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """All nine members on the wire."""
    s = Sandbox(tmp_path_factory.mktemp("sandbox")).start()
    s.join(*MEMBERS)
    yield s
    s.close()


@pytest.fixture(scope="session")
def portal(sandbox, tmp_path_factory):
    """It has the demo whole."""
    p = Portal(sandbox, tmp_path_factory.mktemp("portal")).start()
    wait_until(lambda: p.total("partnerships") == 41
               and p.total("events", duplicates="1") == 5
               and p.total("receipts", status="delivered") >= 300,
               "41 partnerships, five events and their receipts")
    yield p
    assert p.process.stop() == 0, p.process.tail()


@pytest.fixture(scope="session")
def browser():
    b = Browser()
    yield b
    b.close()


@pytest.fixture
def look(browser, portal):
    """look(language, width) is a watched page at the portal."""
    return lambda *how, **more: browser.at(portal.url, *how, **more)
