"""The stage of the failure list: see tests/README.md. A test of case F7 is
named test_f07_...; a file holds one case, or cases of one cause."""

import ctypes
import os
import random
import subprocess

import pytest
from support.flow import Flow
from support.toxiproxy import Toxiproxy


CLONE_NEWNET = 0x40000000  # unshare(2)


def pytest_configure(config):
    """`make faults` runs files side by side: each worker has a network of its
    own, where its packet filters meet nobody else's connections."""
    if "TWINWIRE_NETWORKS" not in os.environ or \
            not hasattr(config, "workerinput"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network of its own")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "faults":
            item.add_marker("faults")


@pytest.fixture
def seed():
    """Of what the test does at random; a failure shows it."""
    seed = int(os.environ.get("TWINWIRE_SEED", random.randrange(10**9)))
    print(f"again: TWINWIRE_SEED={seed}")
    return seed


@pytest.fixture
def rng(seed):
    return random.Random(seed)


@pytest.fixture(scope="session")
def toxiproxy(tmp_path_factory):
    with Toxiproxy(tmp_path_factory.mktemp("toxiproxy")) as t:
        yield t


@pytest.fixture
def flow(twinwire, wire):
    """A member that speaks, and systems of another that listen."""
    return Flow(twinwire, wire)


@pytest.fixture
def small_disk(tmp_path):
    """Makes file systems of SIZE (as mount says it) that vanish again."""
    made = []

    def make(size):
        folder = tmp_path / f"disk-{len(made)}"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                        "tmpfs", folder], check=True)
        made.append(folder)
        return folder
    yield make
    for folder in made:
        subprocess.run(["umount", "-l", folder], check=True)
