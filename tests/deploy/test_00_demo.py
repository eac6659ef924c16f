"""Goal: whoever has Docker looks at Twinwire with one command, and it leaves
nothing behind."""

import requests
from support.compose import Compose


def test_the_demo_shows_what_its_members_say(docker, tmp_path):
    c = Compose(docker, tmp_path, "demo")
    c.env["COMPOSE_FILE"] = "docker-compose.yml"
    try:
        c.up("demo")
        c.until(lambda: len(requests.get(
            "http://127.0.0.1:8110/api/v1/partnerships?limit=200",
            timeout=5).json()["items"]) == 41, "41 partnerships")
        assert "Volgograd" in requests.get("http://127.0.0.1:8100/",
                                           timeout=5).text
        assert list(c.containers()) == ["demo"]
        c.down("-v")
        assert not c.containers()
    finally:
        c.close()


def test_the_image_adds_less_than_60_mb_to_its_base(docker):
    size, base = (docker.inspect(i)["Size"] for i in [
        "twinwire", "debian:trixie-slim"])
    assert size - base < 60e6
