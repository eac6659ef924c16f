"""Goal: a daemon that should ever be taken over finds little to use. Each of
them, as it runs: no new rights, a filter on every thread, no core, nothing
readable beside what its configuration names (T12, DESIGN section 8). What single
calls come to is unit/test_confine's to ask."""

import resource
import stat
from pathlib import Path

import pytest
from support.process import free_port
from support.twinwire import Twinwire


@pytest.fixture
def room(tmp_path):
    """A wire that nobody answers on: the start comes before that."""
    room = Twinwire(tmp_path, f"127.0.0.1:{free_port()}",
                    f"http://127.0.0.1:{free_port()}")
    room.members = room.file("members.yaml", {"members": [{"id": "mag"}]})
    yield room
    room.close()


@pytest.fixture(params=["connector", "reconciler", "portal", "watch"])
def daemon(request, room, rest_site):
    make = {
        "connector": lambda: room.connector(
            room.rest("mag-site", "mag", rest_site(), subscribe=[
                {"topics": ["tw.events.*"], "from": "beginning"}])),
        "reconciler": room.reconciler, "portal": room.portal,
        "watch": lambda: room.watch({"webhook": {
            "url": rest_site().url, "insecure_http": True,
            "allow_private": True}})}
    return make[request.param]().start()


def status_of(folder):
    return dict(line.split(":\t", 1) for line in
                (folder / "status").read_text().splitlines() if ":\t" in line)


def test_every_thread_is_confined(daemon):
    threads = [status_of(t) for t in
               Path(f"/proc/{daemon.pid}/task").iterdir()]
    assert len(threads) > 3  # librdkafka's among them
    for t in threads:
        assert t["Seccomp"] == "2", t["Name"]
        assert t["NoNewPrivs"] == "1", t["Name"]
    assert "msg=confined files=" in daemon.text()
    assert "calls=seccomp" in daemon.text()


def core_limit(daemon):
    limits = Path(f"/proc/{daemon.pid}/limits").read_text()
    core = next(row for row in limits.splitlines()
                if row.startswith("Max core file size"))
    return core.split()[4:6]


def test_it_leaves_no_core(daemon):
    assert core_limit(daemon) == ["0", "0"]


def test_its_state_is_its_owners_alone(daemon):
    made = [f for f in daemon.file.parent.glob("*.db*")]
    assert made or daemon.name == "reconciler"
    for f in made:
        assert stat.S_IMODE(f.stat().st_mode) & 0o077 == 0, f


def test_a_file_outside_cannot_be_read(room, tmp_path_factory):
    """The portal reads members.yaml again when asked: where the file has become
    a link out of its folders, the kernel says no, though root may read it."""
    portal = room.portal().start()
    if "files=\"landlock" not in portal.text():
        pytest.skip("the kernel has no landlock")
    outside = tmp_path_factory.mktemp("outside") / "members.yaml"
    outside.write_text(room.members.read_text())
    room.members.unlink()
    room.members.symlink_to(outside)
    portal.hang_up()
    room.until(lambda: "not reloaded" in portal.text(), "the refusal")
    assert "ermission denied" in portal.text()

    room.members.unlink()
    room.members.write_text(outside.read_text())
    portal.hang_up()
    room.until(lambda: "msg=reloaded" in portal.text(), "the new file")


def test_where_a_core_is_wanted_it_is_allowed(room):
    portal = room.portal()
    portal.argv.append("--core")
    portal.start()
    ours = ["unlimited" if n == resource.RLIM_INFINITY else str(n)
            for n in resource.getrlimit(resource.RLIMIT_CORE)]
    assert core_limit(portal) == ours
