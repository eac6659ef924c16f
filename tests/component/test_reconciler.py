"""Goal of this test: the reconciler as a process on a real Kafka: what the
members claim becomes partnerships and notices, once each, also across
restarts, alias files and members' files."""

import os
import random
import subprocess
import time

import pytest

from support.merging import (NOTICES, PARTNERSHIPS, Merging, complete,
                             wire_is_empty)
from support.records import DATA, JILIN, PAIR, VOLGOGRAD, claim, table
from support.twinwire import program

COVENTRY = {"id": "wd:Q6226", "country": "GB", "names": {"en": "Coventry"}}


@pytest.fixture
def stage(twinwire, wire):
    wire_is_empty(wire)
    made = Merging(twinwire, wire)
    yield made


def test_both_sides_confirm_and_one_suspends(stage):
    stage.start()
    stage.say("volgograd", 1, claim(VOLGOGRAD, JILIN))
    stage.settle()
    assert stage.pairs()[PAIR]["status"] == "unconfirmed"
    stage.say("cpaffc", 1, claim(JILIN, VOLGOGRAD))
    stage.settle()
    pair = stage.pairs()[PAIR]
    assert (pair["status"], pair["unilateral"]) == ("active", False)
    assert pair["a"]["names"] == VOLGOGRAD["names"]
    assert (pair["kind"], pair["since"]) == ("twin", "1994-02-22")
    stage.say("cpaffc", 1, claim(
        JILIN, VOLGOGRAD, status="suspended", statusSince="2022-03-23"))
    stage.say("third", 1, claim(
        VOLGOGRAD, JILIN, speaks_for="", status="terminated"))
    stage.settle()
    pair = stage.pairs()[PAIR]
    assert (pair["status"], pair["unilateral"]) == ("suspended", True)
    assert {s["registrar"]: (s["status"], s["since"])
            for s in pair["sides"]} == {
                "volgograd": ("active", ""),
                "cpaffc": ("suspended", "2022-03-23")}
    assert [r["registrar"] for r in pair["reports"]] == ["third"]
    notices = stage.notices()
    assert [(n["kind"], n["by"]) for n in notices] == [
        ("recorded", "volgograd"), ("confirmed", "cpaffc"),
        ("suspended", "cpaffc")]
    assert notices[2]["cause"] == {
        "topic": "tw.claims.cpaffc", "partition": 0, "offset": 1}
    assert [m.key for m in stage.wire.read(NOTICES)] == [
        n["id"] for n in notices]


def test_coventry_and_volgograd_in_three_notices(stage):
    stage.start()
    stage.say("volgograd", 1, claim(VOLGOGRAD, COVENTRY))
    stage.say("coventry", 1, claim(COVENTRY, VOLGOGRAD))
    stage.settle()
    before = len(stage.notices())
    for status in "suspended", "terminated", "active":
        stage.say("coventry", 1, claim(COVENTRY, VOLGOGRAD, status=status))
        stage.settle()
    assert [n["kind"] for n in stage.notices()[before:]] == [
        "suspended", "terminated", "resumed"]
    assert stage.pairs()["wd:Q914+wd:Q6226"]["status"] == "active"


def test_a_restart_writes_nothing_new(stage):
    stage.start()
    stage.say("volgograd", 1, claim(VOLGOGRAD, JILIN))
    stage.settle()
    ends = stage.wire.ends()
    stage.daemon.kill()
    stage.daemon.start().ready_z()
    stage.settle()
    assert stage.wire.ends() == ends
    # What happened while it was away is written once it is back.
    assert stage.daemon.stop() == 0
    stage.say("volgograd", 1, None)
    stage.daemon.start().ready_z()
    stage.room.until(lambda: stage.pairs() == {}, "the pair is gone")
    assert [n["kind"] for n in stage.notices()] == ["recorded", "withdrawn"]


def test_an_unresolved_city_waits_and_a_corrected_alias_moves_the_pair(stage):
    unknown = {"id": "x:srg/sverdlovsk", "country": "RU",
               "names": {"en": "Sverdlovsk"}}
    harbin = {"id": "wd:Q42956", "country": "CN", "names": {"en": "Harbin"}}
    stage.start()
    stage.say("srg", 1, claim(unknown, harbin))
    stage.settle()
    assert stage.pairs() == {}
    assert stage.daemon.metrics()["twinwire_reconciler_unresolved"] == 1
    for target in "wd:Q92277", "wd:Q887":
        stage.room.file("aliases.tsv", f"x:srg/sverdlovsk\t{target}\n")
        stage.daemon.hang_up()
        stage.room.until(
            lambda: [*stage.pairs()] == [f"{pair_of(target)}"],
            f"re-keyed to {target}")
    assert len(stage.notices()) == 1
    assert [(m.key, m.raw is None) for m in stage.wire.read(PARTNERSHIPS)] == [
        ("wd:Q42956+wd:Q92277", False), ("wd:Q887+wd:Q42956", False),
        ("wd:Q42956+wd:Q92277", True)]
    # A file that is not fit leaves everything as it was.
    stage.room.file("aliases.tsv", "x:srg/sverdlovsk nowhere\n")
    stage.daemon.hang_up()
    stage.room.until(lambda: "not reloaded" in stage.daemon.tail(20),
                     "the alias file refused")
    assert [*stage.pairs()] == ["wd:Q887+wd:Q42956"]


def pair_of(city):
    return ("wd:Q42956+wd:Q92277" if city == "wd:Q92277"
            else f"{city}+wd:Q42956")


def test_a_missing_topic_is_not_a_withdrawal(stage):
    stage.start()
    stage.say("volgograd", 1, claim(VOLGOGRAD, JILIN))
    stage.settle()
    stage.daemon.stop()
    stage.wire.delete("tw.claims.volgograd")
    stage.daemon.start()
    stage.room.until(
        lambda: "tw.claims.volgograd" in stage.not_ready(),
        "the missing topic named")
    assert [*stage.pairs()] == [PAIR]
    assert len(stage.wire.read(PARTNERSHIPS)) == 1


def test_a_registry_that_was_away_at_the_start_is_asked_again(
        stage, registry):
    registry.pause()
    try:
        stage.daemon = stage.room.reconciler().start()
        stage.room.until(
            lambda: [line.split(":")[0] for line in
                     stage.not_ready().splitlines()] == ["registry"],
            "nothing but the registry is missing")
    finally:
        registry.resume()
    stage.daemon.ready_z()


def test_bytes_that_are_no_claim_are_left_out(stage):
    stage.start()
    stage.wire.write("tw.claims.srg", "srg|r.9", b"\x00\x00\x00\x00\x01\x02")
    stage.wire.write("tw.claims.srg", "srg|r.8", b"junk")
    stage.wire.write("tw.claims.srg", "volgograd|r.1", None)
    stage.say("srg", 1, claim(VOLGOGRAD, JILIN))
    stage.settle()
    assert [*stage.pairs()] == [PAIR]
    assert stage.daemon.metrics()["twinwire_reconciler_refused_total"] == 3


def test_the_41_pairs(stage):
    cities = {r["qid"]: r for r in table(DATA / "cities_ru_cn.tsv")}
    rows = table(DATA / "pairs_ru_cn.tsv")
    stage.start()

    def city(qid, language, column):
        row = cities[qid]
        return {"id": f"wd:{qid}", "country": row["country"],
                "names": {language: row[column]}}

    def half(qid):
        return (("srg", "ru", "name_ru") if cities[qid]["country"] == "RU"
                else ("cpaffc", "zh-Hans", "name_zh"))

    halves = []
    for row in rows:
        low, high = row["pair_key"].split("+")
        for own, other in (low, high), (high, low):
            who, language, column = half(own)
            if row["asserted_by"] in ("both", cities[own]["country"]):
                halves.append((who, row["pair_key"], claim(
                    city(own, language, column),
                    city(other, language, column))))
    random.shuffle(halves)
    for who, local_id, record in halves:
        stage.say(who, local_id.replace("+", "-"), record)
    stage.settle()
    pairs = stage.pairs()
    assert len(pairs) == len(rows) == 41
    for row in rows:
        key = "+".join(f"wd:{q}" for q in row["pair_key"].split("+"))
        both = row["asserted_by"] == "both"
        assert pairs[key]["status"] == ("active" if both else "unconfirmed")
        if both:
            assert set(pairs[key]["a"]["names"]) == {"ru", "zh-Hans"}


def test_a_configuration_that_is_not_fit_is_named_and_refused(tmp_path):
    (tmp_path / "members.yaml").write_text("members: [{ id: Bad }]")
    (tmp_path / "aliases.tsv").write_text("x:a/1 nowhere\n")
    file = tmp_path / "reconciler.yaml"

    def check(text):
        file.write_text(text)
        out = subprocess.run([program("reconciler"), "-n", "-f", file],
                             capture_output=True, text=True, timeout=20,
                             check=False)
        return out.returncode, out.stderr

    code, said = check("kafka: { brokers: x }\nmembres: y\n")
    assert code == 78
    for word in "membres", "members", "registry":
        assert word in said
    good = ("kafka: { brokers: x }\nregistry: { url: 'https://x' }\n"
            "members: members.yaml\naliases: aliases.tsv\n")
    code, said = check(good)
    assert code == 78
    assert "members.yaml:1: members[0].id" in said
    assert "aliases.tsv:1:" in said
    (tmp_path / "members.yaml").write_text("members: [{ id: good }]")
    (tmp_path / "aliases.tsv").write_text("x:a/1\twd:Q1\n")
    assert check(good) == (0, "")
    assert check(good.replace("aliases.tsv", "none.tsv"))[0] == 78


@pytest.mark.skipif("TWINWIRE_BENCH" not in os.environ,
                    reason="a measurement: TWINWIRE_BENCH=1")
def test_34000_claims_from_an_empty_start(stage, capsys):
    schema = stage.wire.latest_id("org.twinwire.v1.PartnershipClaim")
    for i in range(17000):
        for who, own, other in ("srg", "a", "b"), ("cpaffc", "b", "a"):
            a = {"id": f"wd:Q{1000 + i}", "country": "RU",
                 "names": {"ru": f"Город {i}", "en": f"City {i}"}}
            b = {"id": f"wd:Q{100000 + i // 3}", "country": "CN",
                 "names": {"zh-Hans": f"市 {i}", "en": f"Town {i // 3}"}}
            pair = {"a": a, "b": b}
            record = complete(claim(pair[own], pair[other])) | {
                "registrar": who, "localId": f"r.{i}"}
            stage.wire._producer.produce(
                f"tw.claims.{who}", key=f"{who}|r.{i}",
                value=stage.wire.encode(schema, record))
        if i % 500 == 0:
            stage.wire._producer.poll(0)
    assert stage.wire._producer.flush(120) == 0
    began = time.monotonic()
    stage.start()
    stage.room.until(stage.settled, "all merged", 300)
    with capsys.disabled():
        print(f"\n34,000 claims: {time.monotonic() - began:.1f} s,"
              f" {stage.daemon.resident_kb()} kB")
    assert len(stage.pairs()) == 17000
