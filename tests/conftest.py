"""The stage of the component and e2e tests. What is slow to start is started
once a session; every test has members and topics of its own names on it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from support.kafka import Kafka  # noqa: E402
from support.registry import Registry  # noqa: E402
from support.wire import Wire  # noqa: E402


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """A real Kafka, running; what a test stops it must start again."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as k:
        yield k


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """A real schema registry, running."""
    with Registry(tmp_path_factory.mktemp("registry")) as r:
        yield r


@pytest.fixture(scope="session")
def wire(kafka, registry):
    """The witness on the real wire."""
    return Wire(kafka.brokers, registry.url)
