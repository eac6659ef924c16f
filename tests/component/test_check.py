"""Goal: whoever writes a configuration or a preset sees every mistake of every
file in one run, each with its file and line; what is not there is a mistake."""

import json

import pytest

from support.process import ROOT

PRESETS = ROOT / "deploy/connectors"
CONNECTION = '''\
connection: Site!
member: nobody
uses: nosuch
system: {base_url: "ftp://x", auth: {bearer_file: none.txt}}
limits: {in_flight: lots}
subscribe:
  - topics: tw.events.*
    cities: [Q914]
    countries: [ZZ]
    members: [mars]
    form: now
publish:
  - into: event
    namespace: a b
'''
WIRE = '''\
kafka: {brokers: "x:1", PROPERTY: 5}
registry: {url: "http://x", insecure_http: true}
'''


def check(twinwire, *files, options=()):
    """{file name: {line: text}}, kinds by file name, exit code"""
    out = twinwire.run("check", "--json", "--presets", PRESETS, *options,
                       *files)
    said = json.loads(out.stdout)
    found = {}
    for e in said["errors"]:
        name = e.get("file", "").split("/")[-1]
        found.setdefault(name, {}).setdefault(e.get("line"), []).append(e["text"])
    return (found, {f["file"].split("/")[-1]: f["kind"]
                    for f in said["files"]}, out.returncode)


def test_all_mistakes_of_all_files_at_once(twinwire):
    one = twinwire.file("one.yaml", CONNECTION)
    two = twinwire.file("two.yaml", "connection: b\nsystem: 5\n"
                                    "publish: 7\n")
    members = twinwire.file(
        "members.yaml", "members:\n  - id: volgograd\n"
        "    speaks_for: {cities: [Q1]}\n    reads: [everything]\n")
    found, kinds, code = check(twinwire, one, two, members)
    assert code == 78
    assert kinds == {"one.yaml": "connection", "two.yaml": "connection",
                     "members.yaml": "members"}
    assert set(found["one.yaml"]) == {1, 3, 4, 5, 8, 9, 11, 13, 14}
    assert "wd:Q914" in found["one.yaml"][8][0]
    assert 'no preset "nosuch"' in found["one.yaml"][3][0]
    assert len(found["one.yaml"][4]) == 2  # the address and the secret
    assert {2, 3} <= set(found["two.yaml"])
    assert set(found["members.yaml"]) == {3, 4}
    out = twinwire.run("check", "--presets", PRESETS, one)
    assert f"{one}:8: subscribe[0].cities: \"Q914\" is not " in out.stderr
    assert "checked as connection" in out.stdout


def test_members_that_are_not_there(twinwire):
    one = twinwire.file("one.yaml", CONNECTION)
    members = twinwire.file("members.yaml", "members: [{id: volgograd}]\n")
    for found in (check(twinwire, one, members)[0],
                  check(twinwire, one, options=("--members", members))[0]):
        assert 'no member "nobody"' in found["one.yaml"][2][0]
        assert 'no member "mars"' in found["one.yaml"][10][0]


def test_a_file_of_members_that_cannot_be_read_is_a_mistake(twinwire):
    one = twinwire.file("one.yaml", "connection: b\n")
    out = twinwire.run("check", "--members", "nosuch.yaml", one)
    assert out.returncode == 78 and "nosuch.yaml" in out.stderr


def test_the_file_of_members_is_judged_once(twinwire):
    """As such, whatever it is, also among the files."""
    for content in ("members: [{id: Vol gograd}]\n", "members: [\n",
                    "connection: b\n"):
        file = twinwire.file("members.yaml", content)
        alone = check(twinwire, file, options=("--members", file))
        assert (alone[1], alone[2]) == ({"members.yaml": "members"}, 78)
        one = twinwire.file("one.yaml", "preset: p\n")
        beside = check(twinwire, one, options=("--members", file))
        assert alone[0]["members.yaml"] == beside[0]["members.yaml"]


@pytest.mark.parametrize("kind, more", [
    ("reconciler", "members: members.yaml\n"),
    ("portal", "members: members.yaml\nstate: p.db\nlisten: {port: 8080}\n"),
    ("portal", "members: members.yaml\nstate: p.db\n"),
    ("connector", "state: s.db\npresets: .\nconnections: \"none*.yml\"\n"),
])
def test_a_daemons_file_is_known_and_its_properties_are_asked(
        twinwire, kind, more):
    twinwire.file("members.yaml", "members: [{id: volgograd}]\n")
    wrong = twinwire.file("wrong.yaml", WIRE.replace(
        "PROPERTY", "socket.timeout.mss") + more)
    found, kinds, code = check(twinwire, wrong)
    assert (kinds, code) == ({"wrong.yaml": kind}, 78)
    assert "socket.timeout.mss" in found["wrong.yaml"][1][0]
    if kind != "connector":
        good = twinwire.file("good.yaml", WIRE.replace(
            "PROPERTY", "socket.timeout.ms") .replace(" 5}", " 5000}") + more)
        assert check(twinwire, good) == ({}, {"good.yaml": kind}, 0)


def preset(twinwire, tests):
    return twinwire.file("p.yaml", "preset: p\nexamples: {one: {}}\n"
                                   "tier: put\nbody: record\n" + tests)


def test_a_case_of_something_unknown_is_a_mistake(twinwire):
    file = preset(twinwire, "tests:\n  - name: n\n    op: body\n"
                            "    of: two\n    vars: {nosuch: 1}\n"
                            "  - name: m\n    op: dance\n")
    for command in ("test", "check"):
        out = twinwire.run(command, file)
        assert out.returncode == 78
        assert f'{file}:8: tests[0].of: there is no example "two"' \
            in out.stderr
        assert f"{file}:9: tests[0].vars.nosuch: " in out.stderr
        assert f'{file}:11: tests[1].op: there is no operation "dance"' \
            in out.stderr


def test_no_case_at_all_is_said_and_fails(twinwire):
    out = twinwire.run("test", preset(twinwire, ""))
    assert out.returncode == 1 and "no test cases" in out.stdout
    file = preset(twinwire, "tests:\n  - {name: n, op: body, of: one, "
                            "expect: {}}\n")
    out = twinwire.run("test", "--json", file)
    assert out.returncode == 0
    assert [(r["run"], r["failed"]) for r in json.loads(out.stdout)] == [(1, 0)]
