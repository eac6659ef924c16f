"""Goal: before a system is joined, `twinwire probe` says truly what it does:
whether the same create twice is one item, whether our key is kept, whether text
is rewritten, whether deletions show, and what the preset should therefore say;
and it leaves nothing behind."""

import json

import pytest
from support.receiver import PATH

LISTENS = {"subscribe": [{"topics": ["tw.events.*"]}]}


@pytest.fixture
def probe(twinwire):
    """What `probe` finds: (exit code, JSON, stderr)."""
    def run(file, *more):
        out = twinwire.run("probe", "--json", "--yes", *more, file)
        assert out.stdout, out.stderr
        return out.returncode, json.loads(out.stdout), out.stderr
    return run


def test_a_system_that_takes_our_ids(twinwire, probe, rest_site):
    site = rest_site()
    code, found, said = probe(twinwire.rest("put", "mag", site, **LISTENS))
    assert code == 0, said
    assert [s["step"] for s in found["steps"]] == [
        "enter", "create", "read", "repeat", "update", "list", "delete",
        "delete again", "deletion"]
    assert found["idempotent"] and found["keeps_key"] and found["updates"]
    assert found["shows_deletions"] and found["rewrites"] == []
    assert found["preset_should_say"] | {"remarks": None} == {
        "tier": "put", "says": "put", "agrees": True, "remarks": None}
    assert site.items("events") == {}
    assert "the same create sent twice made 1 item" in said


def test_a_system_that_makes_its_own_ids(twinwire, probe, rest_site):
    site = rest_site()

    def file(name, **more):
        return twinwire.connection(name, "mag", "rest-post", site.url,
                                   site.USER, site.PASSWORD, **LISTENS, **more)
    code, found, said = probe(file("find"))
    assert code == 0, said
    assert not found["idempotent"] and found["keeps_key"]
    assert found["preset_should_say"]["tier"] == "find"
    assert site.items("events") == {}

    # A preset that promises more than the system keeps is told so.
    code, found, _ = probe(file("wrong", tier="keyed"))
    assert code == 1
    assert found["preset_should_say"] | {"remarks": None} == {
        "tier": "find", "says": "keyed", "agrees": False, "remarks": None}
    assert site.items("events") == {}


def test_text_that_comes_back_otherwise_is_named(twinwire, probe, rest_site):
    site = rest_site()
    file = twinwire.rest(
        "put", "mag", site, **LISTENS,
        stored='[{local_id: $marker, marker: $marker, '
               'record: (.body | del(.id, .modified, .trashed) | .title.en'
               ' |= ascii_downcase)}]')
    code, found, said = probe(file)
    assert found["rewrites"] == ["title"]
    assert any('["title"]' in r
               for r in found["preset_should_say"]["remarks"])


def test_a_receiver_that_cannot_be_asked(twinwire, probe, receiver):
    site = receiver()
    secret = "whsec_" + 43 * "A" + "="
    code, found, said = probe(twinwire.connection(
        "hook", "mag", "webhook", site.url, "", "", **LISTENS,
        system={"base_url": site.url, "allow_private": True,
                "auth": {"signature": {
                    "scheme": "standard-webhooks",
                    "secret_files": [twinwire.secret("hook", secret)]}}},
        config={"path": PATH}))
    assert code == 0, said
    assert found["idempotent"] is None and found["lists"] is None
    assert found["preset_should_say"]["agrees"]
    assert [r.json()["type"] for r in site.attempts()] == [
        "webhook.ping", "event.published", "event.published",
        "event.published", "event.withdrawn"]


def test_a_password_that_is_wrong_ends_it_before_it_writes(
        twinwire, probe, rest_site):
    site = rest_site()
    site.fail(401, times=None)
    code, found, said = probe(twinwire.rest("put", "mag", site, **LISTENS))
    assert code == 1 and found["lets_in"] is False
    assert [s["step"] for s in found["steps"]] == ["enter"]
    assert site.writes() == []


def test_a_record_that_is_not_taken_proves_nothing(
        twinwire, probe, rest_site):
    site = rest_site()
    site.fail(422, times=None, method="PUT")
    file = twinwire.rest("put", "mag", site, **LISTENS)
    code, found, said = probe(file)
    assert code == 1 and "not taken" in said
    assert [s["step"] for s in found["steps"]] == ["enter", "create"]
    assert "tier" not in twinwire.run("probe", "--yes", file).stdout


def test_it_writes_nothing_unless_told_so(twinwire, rest_site):
    site = rest_site()
    out = twinwire.run(
        "probe", twinwire.rest("put", "mag", site, **LISTENS))
    assert out.returncode == 2
    assert site.url in out.stderr and "--yes" in out.stderr
    assert site.log == []
