"""Goal: `make demo` as a visitor meets it: the panel once on each of nine
sites and all pairs, an edit on the others, Ctrl-C and nothing left. The
figures of the run are printed (pytest -s), none is asserted."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import requests
from support.process import ROOT, wait_until

PANEL = re.compile("intermunicipal organizations and city", re.I)


class Demo:
    def __init__(self, folder):
        self.log = folder / "demo.log"
        self.rooms = folder / "rooms"  # its temporary folder stands here
        self.rooms.mkdir()
        self.started = time.monotonic()
        # A session of its own: what is left of it can be found and ended.
        self.process = subprocess.Popen(
            ["bash", "deploy/demo/run.sh"], cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=self.log.open("w"), stderr=subprocess.STDOUT,
            start_new_session=True,
            # Ctrl-C counts, also where whoever runs the tests ignores it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env=os.environ | {"TMPDIR": str(self.rooms)})

    def since_start(self):
        return f"{time.monotonic() - self.started:.1f} s"

    def urls(self):
        """The portal's, then the sites'."""
        return re.findall(r"^  (http://\S+)", self.log.read_text(), re.M)

    def programs(self):
        """Command lines of what runs out of its folder."""
        found = []
        for p in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                args = p.read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it has just ended
                continue
            if str(self.rooms) in args:
                found.append(args)
        return found

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("still there: " + "\n".join(
                self.programs() + [f"--- {p.name}\n{p.read_text()[-600:]}"
                                   for p in self.rooms.glob("*/*.log")]
            )) from None


@pytest.fixture
def demo(tmp_path):
    d = Demo(tmp_path)
    yield d
    if d.process.poll() is None:
        d.interrupt()
    print(d.log.read_text()[-4000:])


def live(url, collection):
    items = requests.get(f"{url}/{collection}", timeout=10).json()["items"]
    return [i.get("record", i) for i in items if not i["trashed"]]


def is_whole(url):
    panels = [e for e in live(url, "events")
              if PANEL.search(e["title"].get("en", ""))]
    return len(panels) == 1 and len(live(url, "partnerships")) == 41


def shows_all(portal):
    """The panel, 41 partnerships and nine members, at the coordinates of all
    their cities."""
    def get(path):
        return requests.get(portal + path, timeout=10).json()
    arcs = get("/api/v1/map.geojson")["features"]
    lines = [a for a in arcs if a["geometry"]["type"] == "LineString"]
    panels = [e for e in get("/api/v1/events?q=panel")["items"] if
              PANEL.search(e["record"]["title"].get("en", ""))]
    assert requests.get(portal, timeout=10).ok
    return (len(lines) == 41 and len(panels) == 1
            and get("/api/v1/partnerships?total=1")["total"] == 41
            and get("/api/v1/organizations?total=1")["total"] == 9)


def test_a_visitor_sees_it_whole_edits_and_leaves_nothing(demo):
    wait_until(lambda: len(demo.urls()) == 10, "ten addresses")
    print("addresses:", demo.since_start())
    portal, *urls = demo.urls()
    wait_until(lambda: any(len(live(u, "partnerships")) > 0 for u in urls),
               "a first partnership somewhere")
    print("first delivery:", demo.since_start())
    wait_until(lambda: all(is_whole(u) for u in urls),
               "the panel once and 41 partnerships on each site")
    print("whole:", demo.since_start())
    wait_until(lambda: shows_all(portal), "all of it on the portal")
    edited = time.monotonic()
    requests.post(urls[0] + "/save", timeout=10, data={
        "what": "events", "id": "", "title": "Встреча 会议",
        "start": "2027-05-01T10:00"})
    wait_until(lambda: all(any("Встреча 会议" in e["title"].values()
                               for e in live(u, "events")) for u in urls),
               "the new event on every site")
    print(f"an edit on all others: {time.monotonic() - edited:.1f} s")
    wait_until(lambda: "delivered" in demo.log.read_text(), "live counts")
    assert demo.programs()
    assert demo.interrupt() == 0, demo.log.read_text()[-2000:]
    assert demo.programs() == []
    assert list(demo.rooms.iterdir()) == []
