"""F28, F29: the state volume is lost, or comes back as it was yesterday, while
records flow in both directions. Nothing is lost, no system gets a second item,
and nothing is published that is not the member's own."""

import shutil

import pytest
from support.flow import numbered, twice
from support.records import event


def state_files(connector):
    return list(connector.file.parent.glob(f"{connector.name}.db*"))


def lose(connector, _):
    for f in state_files(connector):
        f.unlink()


def restore(connector, yesterday):
    lose(connector, yesterday)
    for f in yesterday.iterdir():
        shutil.copy(f, connector.file.parent)


@pytest.mark.parametrize("strike", [lose, restore],
                         ids=["f28_lost", "f29_yesterdays"])
def test_under_load(flow, rest_site, wordpress, tmp_path, rng, strike):
    wordpress.empty("tw_event")
    twinwire, wire = flow.twinwire, flow.wire
    a, b = rest_site(), rest_site()

    def publishing(name):
        return {"publish": [{"into": "events", "namespace": name,
                             "from": "beginning", "every": "300ms"}]}
    connector = twinwire.connector(
        flow.put(a, **publishing("register")), flow.find(b),
        flow.wordpress(wordpress, **publishing("www"))).start().ready_z()
    own = {f"own-{i}": f"Own {i}" for i in range(20)}
    for id, title in own.items():
        a.put("events", id, **event(title))

    def published():
        return {m.key: m.value["title"]["en"] for m in
                wire.latest(f"tw.events.{flow.reader}").values()}

    def not_published():
        """What the wire says otherwise than the member's own site."""
        return set(published().items()) ^ {
            (f"register.{id}@{flow.reader}", t) for id, t in own.items()}

    def until_published():
        twinwire.until(lambda: not not_published(), "published", 60)

    def until_shown(n):
        twinwire.until(lambda: len(flow.systems[f"{flow.reader}-www"]()) > n,
                       "WordPress is being filled", 120)
    flow.say_all(numbered(rng, 0, 150))
    until_published()
    until_shown(30)
    yesterday = tmp_path / "yesterday"
    yesterday.mkdir()
    connector.kill()
    for f in state_files(connector):
        shutil.copy(f, yesterday)
    connector.start()

    # A day later: much is delivered, changed and withdrawn.
    flow.say_all(numbered(rng, flow.said, 150) + [
        (n, None) for n in rng.sample(sorted(
            int(k.split("@")[0].removeprefix("x.")) for k in flow.want), 20)])
    a.put("events", "own-1", title={"en": "Own 1, moved"})
    own["own-1"] = "Own 1, moved"
    a.trash("events", "own-2")
    del own["own-2"]
    shown = len(flow.systems[f"{flow.reader}-www"]())
    until_published()
    until_shown(shown + 20)
    connector.kill()
    strike(connector, yesterday)
    # Without its state file it is another instance, and waits until the one
    # before has been silent for two minutes.
    connector.start()
    twinwire.until(connector.is_ready, "it has started", 180)
    flow.say_all(numbered(rng, flow.said, 40))

    def equal():
        return all(ours(flow, id) for id in flow.systems)

    def ours(flow, id):
        return sorted((k, t) for k, t in flow.systems[id]()
                      if k.endswith(f"@{flow.writer}")) \
            == sorted(flow.want.items())
    twinwire.until(equal, "all systems equal the wire", 240)
    a.polled(3, "/events")
    assert equal()
    assert not_published() == set()
    assert twice(b) == {}
    posts = wordpress.stock("tw_event")
    assert len({m for m, _, _ in posts}) == len(posts)
    assert flow.letters() == []
    for id in flow.systems:
        twinwire.until(lambda id=id: flow.law(connector, id),
                       f"{id}: the law")
    # From here on nobody has anything to say.
    ends = wire.ends_of(flow.topic, f"tw.events.{flow.reader}")
    writes = len(a.writes()), len(b.writes())
    a.polled(3, "/events")
    assert ends == wire.ends_of(flow.topic, f"tw.events.{flow.reader}")
    assert writes == (len(a.writes()), len(b.writes()))
