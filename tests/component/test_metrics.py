"""Goal: what METRICS.md promises is what a real Prometheus finds at real
daemons; each alert fires for what it is about and for nothing else; every query
of the dashboard has an answer; every alert's run-book line is there."""

import json
import re
import subprocess

import pytest
import yaml
from support.flow import Flow
from support.process import ROOT
from support.prometheus import METRICS, Prometheus, dashboard

C = 'connection="c",instance="i",job="twinwire"'
# Alert: series that make it fire (one value, for two days), and when to look.
FIRES = {
    "TwinwireDown": {'up{instance="i",job="twinwire"}': "0x3000"},
    "TwinwireNotReady": {'twinwire_portal_ready{instance="i"}': "0x3000"},
    "TwinwirePaused": {f"twinwire_paused{{{C}}}": "1x3000"},
    "TwinwireNotListed": {
        f'twinwire_state{{{C},state="running",reason="listing"}}': "1x3000"},
    "TwinwireSiteFailing": {f"twinwire_breaker_open{{{C}}}": "1x3000"},
    "TwinwireWaitingLong": {
        f"twinwire_oldest_waiting_seconds{{{C}}}": "3601x3000"},
    "TwinwireLagging": {f"twinwire_lag{{{C}}}": "1001x3000"},
    "TwinwireSlow": {
        f'twinwire_delivery_seconds_bucket{{{C},le="300"}}': "0x3000",
        f'twinwire_delivery_seconds_bucket{{{C},le="1800"}}': "0+9x3000",
        f'twinwire_delivery_seconds_bucket{{{C},le="+Inf"}}': "0+9x3000"},
    "TwinwireNotDelivered": {
        f'twinwire_records{{{C},state="not_delivered"}}': "1x3000"},
    "TwinwireRefused": {
        f'twinwire_records{{{C},state="refused"}}': "2x3000"},
    "TwinwireDeadLettersLeaving": {
        f"twinwire_dead_letters_leaving{{{C}}}": "1x3000"},
    "TwinwireLawBroken": {
        f"twinwire_{name}{{{C}}}": "1x3000" for name in (
            "consumed_total", "replayed_total", "applied_total",
            "superseded_total", "unchanged_total", "stale_total",
            "filtered_total", "dead_lettered_total", "pending")},
    "TwinwireCertificate": {
        'twinwire_certificate_days_left{file="ca.pem"}': "29x3000"},
    "TwinwireDisk": {
        'twinwire_disk_bytes{instance="i"}': "100x3000",
        'twinwire_disk_free_bytes{instance="i"}': "19x3000"},
    "TwinwireKafka": {
        'twinwire_kafka_errors_total{instance="i"}': "0+1x3000"},
    "TwinwireRegistry": {
        'twinwire_registry_requests_total{instance="i",code="none"}':
            "0+1x3000"},
    "TwinwireUnresolved": {"twinwire_reconciler_unresolved": "1x3000"},
    "TwinwirePortalFailing": {
        'twinwire_portal_answers_total{instance="i",code="5xx"}': "0+1x3000",
        'twinwire_portal_answers_total{instance="i",code="2xx"}': "0+9x3000"},
}
# The same while all is well: no alert at all.
WELL = {
    'up{instance="i",job="twinwire"}': "1x3000",
    'twinwire_portal_ready{instance="i"}': "1x3000",
    f"twinwire_paused{{{C}}}": "0x3000",
    f"twinwire_oldest_waiting_seconds{{{C}}}": "3599x3000",
    f"twinwire_consumed_total{{{C}}}": "7x3000",
    f"twinwire_applied_total{{{C}}}": "5x3000",
    f"twinwire_pending{{{C}}}": "1x3000",
    f"twinwire_replayed_total{{{C}}}": "1x3000",
    f"twinwire_dead_lettered_total{{{C}}}": "2x3000",
    **{f"twinwire_{n}_total{{{C}}}": "0x3000" for n in (
        "superseded", "unchanged", "stale", "filtered")},
    'twinwire_certificate_days_left{file="ca.pem"}': "30x3000",
    'twinwire_disk_bytes{instance="i"}': "100x3000",
    'twinwire_disk_free_bytes{instance="i"}': "21x3000",
    f'twinwire_records{{{C},state="delivered"}}': "9x3000",
}


def rules():
    text = yaml.safe_load((METRICS / "alerts.yml").read_text())
    return [r for g in text["groups"] for r in g["rules"]]


def promtool(*args):
    out = subprocess.run(["promtool", *map(str, args)], capture_output=True,
                         text=True, timeout=60, check=False)
    assert out.returncode == 0, out.stdout + out.stderr


def judge(folder, series, alerts):
    """promtool runs our rules over SERIES: exactly ALERTS fire."""
    tests = [{"interval": "1m", "input_series": [
        {"series": s, "values": v} for s, v in series.items()],
        "promql_expr_test": [{
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": "2d",
            "exp_samples": [{
                "labels": f'{{alertname="{a}"}}', "value": 1}
                for a in alerts]}]}]
    file = folder / "case.yml"
    file.write_text(json.dumps({
        "rule_files": [str(METRICS / "alerts.yml")], "tests": tests}))
    promtool("test", "rules", file)


def test_the_rules_are_sound_and_each_has_its_line_in_the_runbook():
    promtool("check", "rules", METRICS / "alerts.yml")
    promtool("check", "config", METRICS / "prometheus.yml")
    headings = set(re.findall(
        r"^## (\w+)$", (METRICS / "RUNBOOK.md").read_text(), re.M))
    assert headings == {r["alert"] for r in rules()} == set(FIRES)
    for rule in rules():
        assert rule["annotations"]["runbook"] == \
            f"RUNBOOK.md#{rule['alert'].lower()}"


@pytest.mark.parametrize("alert", FIRES)
def test_an_alert_fires_for_what_it_is_about(alert, tmp_path):
    judge(tmp_path, FIRES[alert], [alert])


def test_changes_that_wait_for_approval_are_an_alert_while_all_else_goes_on(
        tmp_path):
    judge(tmp_path, {
        f"twinwire_paused{{{C}}}": "0x3000",
        f'twinwire_state{{{C},state="running",reason="awaits_approval"}}':
            "1x3000"}, ["TwinwirePaused"])


def test_no_alert_fires_while_all_is_well(tmp_path):
    judge(tmp_path, WELL, [])


def test_a_real_prometheus_finds_what_the_documents_name(
        twinwire, wire, rest_site, tmp_path):
    flow = Flow(twinwire, wire)
    site, good = rest_site(), rest_site()
    site.fail(422, times=None, method="PUT",
              when=lambda r: b"Panel" in r.body)
    connector = twinwire.connector(flow.put(site), flow.put(good, "good"))
    daemons = [connector, twinwire.reconciler(), twinwire.portal()]
    for d in daemons:
        d.start()
    flow.say_all([(1, "Panel"), (2, "Concert"), (3, "Fair")])
    id = next(iter(flow.systems))
    twinwire.until(lambda: flow.law(connector, id), "all are final")
    with Prometheus(tmp_path / "prometheus", daemons) as p:
        p.start()
        look = f'{{connection="{id}"}}'
        twinwire.until(
            lambda: p.query(f"twinwire_applied_total{look} == 2"), "scraped")
        twinwire.until(lambda: len(p.query('up{job="twinwire"} == 1')) == 3,
                       "all are scraped")
        known = {m["__name__"] for m, _ in p.query('{job="twinwire"}')}

        # Each is described as in the document, and nothing is left out.
        page = (ROOT / "deploy/METRICS.md").read_text()
        named = dict(re.findall(r"^\| `(twinwire_\w+)` \| (\w+)", page, re.M))
        for name, kind in named.items():
            sample = f"{name}_count" if kind == "histogram" else name
            if name != "twinwire_certificate_days_left" \
                    and "watch" not in name:
                assert sample in known, name
        bare = {re.sub(r"_(bucket|sum|count)$", "", n) for n in known
                if n.startswith("twinwire_")}
        assert bare <= set(named)

        # What happened is what it says.
        [(_, n)] = p.query(
            f'twinwire_delivery_seconds_count{look}')
        assert n == 2
        [(_, n)] = p.query(
            f'twinwire_http_requests_total{{connection="{id}",code="4xx"}}')
        assert n >= 1
        assert p.query(f'twinwire_records{{connection="{id}",'
                       'state="not_delivered"} == 1')
        assert p.query("twinwire_disk_bytes > twinwire_disk_free_bytes > 0")
        assert p.query("twinwire_state_bytes > 0")

        # Every query of the dashboard has an answer.
        exprs = [e.replace("5m", "15s") for e in dashboard()
                 if "certificate" not in e]
        assert len(exprs) > 20
        for expr in exprs:
            twinwire.until(lambda e=expr: p.query(e), expr)
