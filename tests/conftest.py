"""The stage of the component and e2e tests. What is slow to start is started
once a session; every test has members and topics of its own names on it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from support import twinwire as twinwire_programs  # noqa: E402
from support.kafka import Kafka  # noqa: E402
from support.receiver import Receiver  # noqa: E402
from support.registry import Registry  # noqa: E402
from support.rest_site import RestSite  # noqa: E402
from support.twinwire import Twinwire  # noqa: E402
from support.wire import Wire  # noqa: E402
from support.wordpress import WordPress  # noqa: E402


def pytest_runtest_setup(item):
    crashes = item.get_closest_marker("crashing")
    twinwire_programs.use("crashing" if crashes else item.path.parent.name)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    """A real Kafka of this file's own, running: tw.partnerships is one topic
    for all members, so tests of different files must not meet there."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as k:
        yield k


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """A real schema registry, running."""
    with Registry(tmp_path_factory.mktemp("registry")) as r:
        yield r


@pytest.fixture(scope="module")
def wire(kafka, registry):
    """The witness on the real wire."""
    return Wire(kafka.brokers, registry.url)


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory):
    """A real WordPress, running; empty() it where a test counts posts."""
    with WordPress(tmp_path_factory.mktemp("wordpress")) as w:
        yield w


@pytest.fixture
def rest_site():
    """Makes RestSites: rest_site() is a new one, running."""
    made = []

    def make():
        made.append(RestSite().start())
        return made[-1]
    yield make
    for site in made:
        site.stop()


@pytest.fixture
def receiver():
    """Makes Receivers of webhooks: receiver() is a new one, running."""
    made = []

    def make():
        made.append(Receiver().start())
        return made[-1]
    yield make
    for site in made:
        site.stop()


@pytest.fixture
def twinwire(tmp_path, kafka, registry):
    """Our programs on the real wire; killed at the end."""
    room = Twinwire(tmp_path, kafka.brokers, registry.url)
    yield room
    room.close()
