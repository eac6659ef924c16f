"""Goal: before anything is done at a new member's system, `twinwire plan` says
what would be done there and on the wire, and nothing is changed by asking."""

import json

from support.flow import Flow
from support.records import event


def test_a_plan_of_both_directions_changes_nothing(twinwire, wire, rest_site):
    flow = Flow(twinwire, wire)
    site = rest_site()
    site.put("events", "7", **event("Ours"))
    flow.say_all([(1, "Panel"), (2, "Concert")])
    flow.wire.write(flow.topic, flow.key(3), b"no Avro")
    flow.said += 1
    file = flow.put(site, "new", first_run="plan", publish=[
        {"into": "events", "namespace": "site", "from": "beginning"}])
    id = f"{flow.reader}-new"
    out = twinwire.run("plan", "--wait", "0", "--brokers", twinwire.brokers,
                       "--registry", twinwire.registry_url, id)
    assert out.returncode == 1 and "start its connector" in out.stderr

    connector = twinwire.connector(file).start()
    twinwire.until(lambda: json.loads(twinwire.cli(
        "plan", "--json", id)), "the plan")
    people = twinwire.cli("plan", id)
    assert "2 would be created in the system (create)" in people
    assert "1 would be put onto the wire (publish)" in people
    assert "Panel" in people and "Concert" in people and "Ours" in people
    assert "1 message cannot be read" in people
    assert "Nothing was changed." in people
    assert site.writes() == []
    assert wire.latest(f"tw.events.{flow.reader}") == {}

    plan = json.loads(twinwire.cli("plan", "--json", id))
    assert f"twinwire approve {id} {plan['id']}" in people
    twinwire.cli("approve", id, plan["id"])
    twinwire.until(lambda: len(site.writes()) == 2, "carried out")
    twinwire.until(lambda: json.loads(twinwire.cli(
        "plan", "--json", id)) is None, "nothing waits")
    assert "Nothing waits" in twinwire.cli("plan", id)
    assert connector.running


def test_all_of_a_plan_can_be_seen(twinwire, wire, rest_site):
    """More than one answer holds, in both directions."""
    flow = Flow(twinwire, wire)
    site = rest_site()
    site.put("events", "7", **event("Ours"))
    flow.say_all([(n, f"Panel {n} " + 100 * "x") for n in range(700)])
    id = f"{flow.reader}-new"
    twinwire.connector(flow.put(site, "new", first_run="plan", publish=[
        {"into": "events", "namespace": "site", "from": "beginning"}])).start()
    twinwire.until(lambda: (json.loads(twinwire.cli(
        "plan", "--json", id)) or {}).get("counts") == {
            "create": 700, "publish": 1}, "the plan")
    assert f"and 691 more: twinwire plan --all {id}" in twinwire.cli("plan", id)
    plan = json.loads(twinwire.cli("plan", "--all", "--json", id))
    assert {(c["action"], c["key"]) for c in plan["all"]} == {
        ("publish", f"site.7@{flow.reader}"),
        *(("create", flow.key(n)) for n in range(700))}
    assert len(plan["all"]) == 701
    people = twinwire.cli("plan", "--all", "--by", "duty-desk", id)
    assert people.count("Panel ") == 700 and "Ours" in people
    assert "These are:" in people
    trail = [t["value"] for t in json.loads(
        twinwire.cli("audit", "--json", flow.reader))]
    assert {(t["action"], t["planId"], t["outcome"]) for t in trail} == {
        ("plan", plan["id"], "done")}
    assert "duty-desk" in {t["by"] for t in trail}
    assert site.writes() == []
