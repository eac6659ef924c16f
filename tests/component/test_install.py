"""Goal: what `make install` puts into place is whole: the programs find their
own files there, and the manual pages speak of nothing that is missing."""

import re
import shutil
import subprocess

import pytest

from support.process import ROOT


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The prefix, away from the source tree."""
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["make", "-s", "install", f"DESTDIR={folder}",
                    "PREFIX=/opt/twinwire"], cwd=ROOT, check=True,
                   timeout=900, stdout=subprocess.DEVNULL)
    return folder / "opt/twinwire"


def run(place, *args, **more):
    return subprocess.run([place / "bin/twinwire", *args], text=True,
                          capture_output=True, timeout=60, check=False, **more)


def test_a_connection_is_checked_with_an_installed_preset(place, tmp_path):
    (tmp_path / "site.yaml").write_text(
        "connection: site\nmember: volgograd\nuses: rest\n"
        "system: {base_url: 'https://www.example.org/api'}\n"
        "subscribe: [{topics: 'tw.events.*'}]\n")
    share = place / "share/twinwire"
    out = run(place, "check", "site.yaml", share / "members.yaml",
              cwd=tmp_path)
    assert (out.returncode, out.stderr) == (0, "")
    assert "checked as connection" in out.stdout


def test_a_city_is_found_and_presets_pass_their_cases(place, tmp_path):
    out = run(place, "cities", "Volgograd", cwd=tmp_path)
    assert out.returncode == 0 and "wd:Q914" in out.stdout
    presets = sorted(place.glob("share/twinwire/connectors/*/*.yaml"))
    assert presets
    assert run(place, "test", *presets, cwd=tmp_path).returncode == 0


def test_the_manual_speaks_of_nothing_that_is_missing(place):
    pages = sorted(place.glob("share/man/man[18]/*.[18]"))
    programs = {p.name for p in (place / "bin").iterdir()}
    assert {p.stem for p in pages} == programs
    share = place / "share/twinwire"
    for page in pages:
        for name in re.findall(r"^\.Pa (\S*(?:\.md|\.jsonl|\.tsv))",
                               page.read_text(), re.MULTILINE):
            assert list(share.rglob(name.split("/")[-1])), (page.name, name)
        if shutil.which("mandoc"):
            subprocess.run(["mandoc", "-T", "lint", "-W", "error", page],
                           check=True, stdout=subprocess.DEVNULL)
    for name in ("members.yaml", "aliases.tsv", "demo.jsonl", "cities.tsv",
                 "TABLES.md", "connectors/README.md"):
        assert (share / name).is_file(), name
