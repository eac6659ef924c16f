"""The stage of `make test-deploy`: a Docker Engine with all images."""

import pytest

from support.docker import Docker
from support.story import Story


@pytest.fixture(scope="session")
def docker(request):
    d = Docker().start()
    try:
        d.images(with_earlier=any("earlier" in i.fixturenames
                                  for i in request.session.items))
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


@pytest.fixture
def earlier(docker):
    """The image of the programs as they were before their last change."""
    return docker.earlier() or pytest.skip("the clone has no earlier commit")
