"""The stage of `make test-deploy`: a Docker Engine with all images."""

import pytest

from support.docker import Docker


@pytest.fixture(scope="session")
def docker():
    d = Docker().start()
    try:
        d.base()
        d.stand_ins()
        d.programs()
        yield d
    finally:
        d.stop()
