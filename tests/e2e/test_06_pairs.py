"""Goal of this test: the 41 Russian-Chinese pairs, stated by two associations
in two scripts and in reverse order, become 41 partnerships; a city that nobody
resolved waits for its alias, and a corrected alias re-keys."""

from collections import Counter

import pytest
from support.records import DATA, claim, table

SUBSCRIBE = {"topics": ["tw.partnerships"], "from": "beginning"}
PUBLISH = {"into": "claims", "from": "beginning", "every": "1s"}
RU, CN = "union-russian-cities", "cpaffc"
MEMBERS = [{"id": RU, "speaks_for": {"countries": ["RU"]}},
           {"id": CN, "speaks_for": {"countries": ["CN"]}}]


def pairs():
    """(row, Russian city, Chinese city), each as the association of its
    country writes the names."""
    cities = {c["qid"]: c for c in table(DATA / "cities_ru_cn.tsv")}
    for row in table(DATA / "pairs_ru_cn.tsv"):
        by_country = {}
        for qid in row["pair_key"].split("+"):
            by_country[cities[qid]["country"]] = cities[qid]
        yield row, by_country["RU"], by_country["CN"]


def city(row, language):
    name = row["name_ru" if language == "ru" else "name_zh"]
    return {"id": "wd:" + row["qid"], "country": row["country"],
            "names": {language: name}}


@pytest.fixture
def registers(twinwire, rest_site, wire, request):
    """The two associations' registers, joined; each shows what is merged.
    Every test's are connections of their own."""
    ru, cn = rest_site(), rest_site()
    twinwire.provision(*MEMBERS)
    namespace = "waiting" if "waiting" in request.node.name else "pairs"
    twinwire.connector(*(
        twinwire.rest(f"{member}-{namespace}", member, site,
                      publish=[PUBLISH | {"namespace": namespace}],
                      subscribe=[SUBSCRIBE])
        for member, site in ((RU, ru), (CN, cn)))).start()
    return ru, cn


def test_41_pairs(twinwire, registers, wire):
    ru, cn = registers
    for row, russian, chinese in pairs():
        if row["asserted_by"] in ("both", "RU"):
            a, b = city(russian, "ru"), city(chinese, "ru")
            ru.put("claims", row["pair_key"].replace("+", "-"),
                   **claim(a, b))
        if row["asserted_by"] in ("both", "CN"):
            a, b = city(chinese, "zh-Hans"), city(russian, "zh-Hans")
            cn.put("claims", row["pair_key"].replace("+", "-"),
                   **claim(a, b))
    twinwire.reconciler().start()

    def merged():
        found = wire.latest("tw.partnerships")
        return len(found) == 41 and found
    found = twinwire.until(merged, "41 partnerships")
    keys = {"+".join("wd:" + q for q in row["pair_key"].split("+"))
            for row, _, _ in pairs()}
    assert set(found) == keys
    twinwire.until(lambda: Counter(
        m.value["status"] for m in wire.latest("tw.partnerships").values()
    ) == {"active": 38, "unconfirmed": 3}, "confirmed by both, except three")
    # Names of both are kept.
    names = wire.latest("tw.partnerships")["wd:Q649+wd:Q956"].value
    assert names["a"]["names"] == {"ru": "Москва", "zh-Hans": "莫斯科"}
    for site in registers:
        twinwire.until(lambda s=site: len(s.items("partnerships")) == 41,
                       "41 in each register")


def test_an_alias_brings_a_waiting_city_and_its_correction_re_keys(
        twinwire, registers, wire):
    ru, cn = registers
    moscow = {"id": "wd:Q649", "country": "RU", "names": {"ru": "Москва"}}
    nobody = {"id": "x:cpaffc/harbin", "country": "CN",
              "names": {"zh-Hans": "哈尔滨"}}
    for site, a, b in ((ru, moscow, nobody), (cn, nobody, moscow)):
        site.put("claims", "waits", **claim(
            a, b, speaks_for=moscow["id"] if a is moscow else ""))
    reconciler = twinwire.reconciler().start()
    aliases = twinwire.folder / "aliases.tsv"

    def there(*want):
        return lambda: {k for k in wire.latest("tw.partnerships")
                        if "Q649" in k and k in seen} == set(want)
    seen = {"wd:Q649+wd:Q1", "wd:Q649+wd:Q42956", "wd:Q649+wd:Q92277",
            "wd:Q649+x:cpaffc/harbin"}
    twinwire.until(lambda: wire.ends()["tw.claims.cpaffc"], "the claim")
    reconciler.ready_z()
    assert there()()
    twinwire.until(lambda: "x:cpaffc/harbin" in twinwire.cli(
        "unresolved"), "listed as unresolved")

    aliases.write_text("x:cpaffc/harbin\twd:Q92277\n")
    reconciler.hang_up()
    twinwire.until(there("wd:Q649+wd:Q92277"), "the pair appears")

    aliases.write_text("x:cpaffc/harbin\twd:Q42956\n")
    reconciler.hang_up()
    twinwire.until(there("wd:Q649+wd:Q42956"), "the pair has another key")
    last = wire.read("tw.partnerships")[-1]
    assert (last.key, last.raw) == ("wd:Q649+wd:Q92277", None)
    # A re-key is no news.
    assert not [m for m in wire.read("tw.notices")
                if m.value["kind"] in ("withdrawn", "terminated")]
