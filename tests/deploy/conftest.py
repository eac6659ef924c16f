"""The stage of `make test-deploy`: a Docker Engine with all images."""

import pytest

from support.docker import Docker
from support.story import Story


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


@pytest.fixture(scope="session")
def story(docker, tmp_path_factory):
    s = Story(docker, tmp_path_factory.mktemp("one"))
    try:
        yield s
    finally:
        s.compose.close()
