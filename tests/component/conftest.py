"""What component tests share."""

import pytest

from support.portal import WirePortal
from support.process import wait_until
from support.registry import SlowRegistry


@pytest.fixture
def clean_wire(wire):
    """A wire without topics."""
    topics = wire.topics()
    if topics:
        wire.delete(*topics)
        wait_until(lambda: not wire.topics(), "topics gone")
    return wire


@pytest.fixture
def portal(twinwire, clean_wire):
    return WirePortal(twinwire, clean_wire)


@pytest.fixture
def slow_registry(twinwire):
    slow = SlowRegistry(twinwire.registry_url)
    yield slow
    slow.stop()
