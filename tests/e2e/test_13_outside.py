"""Goal: what goes out goes where the configuration says and nowhere else: no
address that is not public unless allowed (T5), no redirect (T6), no header that
a record brought along (T7), nobody who cannot prove who he is (T11), no proxy
that the environment names. And nobody comes in by the admin port (T18)."""

import re
import ssl

import pytest
import requests
from support.flow import Flow
from support.security import Security
from support.tls_front import TlsFront


@pytest.fixture
def flow(twinwire, wire):
    return Flow(twinwire, wire)


def status(flow, name):
    found = flow.wire.latest(f"tw.status.{flow.reader}")
    return found[f"{flow.reader}-{name}"].value


def until_paused(flow, names, *words):
    """Until each of these connections rests and says why: one of WORDS."""
    for name in names:
        flow.twinwire.until(
            lambda name=name: (lambda s: s["state"] == "paused" and any(
                w in (s["detail"] or "") for w in words))(status(flow, name)),
            f"{name} rests because of {words}")


# T5 ---------------------------------------------------------------------------

# Other spellings of loopback, found only once they are resolved.
SPELLINGS = {"name": "localhost", "short": "127.1", "number": "2130706433",
             "hex": "0x7f.1", "mapped": "[::ffff:127.0.0.1]", "any": "0"}


def test_an_address_is_judged_after_it_is_resolved(flow, rest_site):
    site = rest_site()
    files = [flow.put(site, name, system={
        "base_url": f"http://{host}:{site.port}", "insecure_http": True,
        "auth": {"basic": {"username": site.USER, "password_file":
                           flow.twinwire.secret("pw", site.PASSWORD)}}})
        for name, host in SPELLINGS.items()]
    flow.say(1, "Panel")
    flow.twinwire.connector(*files).start()
    until_paused(flow, SPELLINGS, "not allowed")
    assert site.log == []
    assert flow.letters() == []


# T6 ---------------------------------------------------------------------------

def test_no_redirect_is_followed(flow, rest_site):
    canary = rest_site()
    sites = {str(code): rest_site() for code in (301, 302, 303, 307, 308)}
    files = []
    for code, site in sites.items():
        site.fail(int(code), times=None,
                  headers={"Location": canary.url + "/events/1"})
        files.append(flow.put(site, code))
    flow.say(1, "Panel")
    flow.twinwire.connector(*files).start()
    for code in sites:
        until_paused(flow, [code], code)
    assert canary.log == []
    assert flow.letters() == []


# T7 ---------------------------------------------------------------------------

CRLF = "Panel\r\nX-Injected: yes\r\n\r\nGET /admin HTTP/1.1"


def test_what_a_record_says_becomes_no_header_and_no_request(flow, rest_site):
    plain, headed = rest_site(), rest_site()
    file = flow.put(headed, "headed")
    text = file.read_text()
    file.write_text(text.replace(' "uses": "rest",\n', "").replace(
        "{", """{
 "tier": "keyed", "body": "{title: .title.en}",
 "create": "{method: \\"POST\\", path: \\"/things\\", body: $body, headers: {\\"X-Title\\": .title.en}}",
 "update": "{method: \\"POST\\", path: \\"/things\\", body: $body}",
 "stored": "[.body | {local_id: .id, record: {title}}]",
""", 1))
    connector = flow.twinwire.connector(flow.put(plain), file).start()
    flow.say_all([(1, "Panel"), (2, CRLF)])
    flow.twinwire.until(lambda: len(plain.writes()) == 2, "both arrive")
    letter = flow.twinwire.until(flow.letters, "what cannot be sent")[0]
    assert b"X-Injected" in letter.raw

    names = [sorted(set(r.headers) - {"Content-Length"})
             for r in plain.writes()]
    assert names[0] == names[1]
    assert {r.path for r in plain.requests()} >= {
        r.path for r in plain.writes()}
    assert [r.headers["X-Title"] for r in headed.writes()] == ["Panel"]
    assert "/admin" not in {r.path for r in plain.log + headed.log}
    assert connector.stop() == 0


# T11 --------------------------------------------------------------------------

@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """By name, a PEM file of key and certificate; `ca` is ours."""
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = Security(folder / "ours"), Security(folder / "theirs")
    here = "subjectAltName=IP:127.0.0.1"
    return ours.ca, {
        "good": ours.broker,
        "wrong-host": ours.certificate(
            "w", "-addext", "subjectAltName=DNS:other.example,IP:127.0.0.2"),
        "expired": ours.certificate("e", "-addext", here, days=-1),
        "unknown-ca": theirs.broker,
        "self-signed": theirs.self_signed("s", here),
        "weak-key": ours.certificate("k", "-addext", here,
                                     key=["-newkey", "rsa:1024"]),
    }


@pytest.fixture
def front():
    made = []

    def make(*args, **how):
        made.append(TlsFront(*args, **how).start())
        return made[-1]
    yield make
    for f in made:
        f.stop()


def test_a_system_that_cannot_prove_who_it_is_gets_nothing(
        flow, rest_site, certificates, front):
    ca, pems = certificates
    sites = {name: rest_site() for name in [*pems, "old-tls", "no-ca"]}
    fronts = {n: front(sites[n].port, pems[n]) for n in pems}
    fronts["old-tls"] = front(sites["old-tls"].port, pems["good"],
                              newest=ssl.TLSVersion.TLSv1_1)
    fronts["no-ca"] = front(sites["no-ca"].port, pems["good"])
    files = []
    for name, site in sites.items():
        system = {
            "base_url": fronts[name].url, "allow_private": True,
            "auth": {"basic": {"username": site.USER, "password_file":
                               flow.twinwire.secret("pw", site.PASSWORD)}}}
        if name != "no-ca":  # there the machine's own list counts
            system["ca_file"] = str(ca)
        files.append(flow.put(site, name, system=system))
    flow.say(1, "Panel")
    flow.twinwire.connector(*files).start()
    flow.arrived(flow.twinwire.daemons[-1], [f"{flow.reader}-good"])
    bad = set(sites) - {"good"}
    until_paused(flow, bad, "SSL", "certificate", "TLS")
    for name in bad:
        assert sites[name].log == [], name
        assert fronts[name].taken == 0 and fronts[name].refused > 0, name
    assert flow.letters() == []


def test_who_names_an_authority_trusts_no_other(
        flow, rest_site, certificates, front):
    """The machine's own list is not looked at then: libcurl has a folder of
    it besides the file, and asks both."""
    ca, pems = certificates
    site = rest_site()
    connector = flow.twinwire.connector(flow.put(site, "named", system={
        "base_url": front(site.port, pems["unknown-ca"]).url,
        "allow_private": True, "ca_file": str(ca),
        "auth": {"basic": {"username": site.USER, "password_file":
                           flow.twinwire.secret("pw", site.PASSWORD)}}}))
    trace = flow.twinwire.folder / "trace"
    connector.argv = ["strace", "-D", "-f", "-qq", "-o", trace, "-e",
                      "trace=openat,stat,newfstatat"] + connector.argv
    flow.say(1, "Panel")
    connector.start()
    until_paused(flow, ["named"], "SSL", "certificate", "TLS")
    asked = trace.read_text()
    assert str(ca) in asked
    assert not re.search(r'"/etc/ssl/certs/[0-9a-f]{8}\.', asked)


def test_the_registry_proves_who_it_is_and_asks_who_we_are(
        flow, rest_site, registry, certificates, front):
    ca, pems = certificates
    site = rest_site()
    connection = flow.put(site)
    flow.say(1, "Panel")

    def connector(name, url, **more):
        return flow.twinwire.connector(connection, name=name, registry={
            "url": url.replace("http://", "https://") + "/apis/ccompat/v7",
            "ca_file": str(ca)} | more)

    wrong = front(registry.port, pems["wrong-host"])
    daemon = connector("wrong", wrong.url).start()
    flow.twinwire.until(
        lambda: re.search("registry: .*(certificate|SSL)", requests.get(
            f"http://127.0.0.1:{daemon.admin_port}/readyz", timeout=5).text),
        "it says that the registry is the trouble")
    assert daemon.stop() == 0
    assert wrong.taken == 0 and site.writes() == []

    asking = front(registry.port, pems["good"], client_ca=ca)
    nobody = connector("nobody", asking.url).start()
    flow.twinwire.until(lambda: asking.refused > 1, "nobody is refused")
    assert nobody.stop() == 0
    assert asking.taken == 0

    pem = str(pems["good"])
    known = connector("known", asking.url, cert_file=pem).start()
    flow.arrived(known)
    assert asking.taken > 0
    assert known.stop() == 0


def test_a_key_that_others_can_read_is_refused(flow, certificates):
    ca, pems = certificates
    copy = flow.twinwire.file("open.pem", pems["good"].read_text())
    copy.chmod(0o644)
    daemon = flow.twinwire.connector(flow.put(type(
        "Site", (), {"url": "http://127.0.0.1:9", "USER": "u",
                     "PASSWORD": "p"})), registry={
        "url": "https://127.0.0.1:9", "ca_file": str(ca),
        "cert_file": str(copy)})
    daemon.launch()
    assert daemon.wait() == 78
    assert "registry.cert_file" in daemon.text()
    assert "chmod 600" in daemon.text()


# No proxy from the environment ------------------------------------------------

def test_the_environment_sends_nothing_elsewhere(flow, rest_site):
    site, canary = rest_site(), rest_site()
    connector = flow.twinwire.connector(flow.put(site))
    connector.env = {name: canary.url for name in (
        "http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY")}
    connector.env |= {"SSLKEYLOGFILE": str(connector.log) + ".keys"}
    connector.start()
    flow.say(1, "Panel")
    flow.arrived(connector)
    assert canary.log == []


# T18 --------------------------------------------------------------------------

def test_the_admin_port_only_tells(flow, rest_site):
    connector = flow.twinwire.connector(flow.put(rest_site())).start()
    flow.say(1, "Panel")
    flow.arrived(connector)
    base = f"http://127.0.0.1:{connector.admin_port}"
    for path in ("/healthz", "/readyz", "/metrics", "/", "/x", "/../etc"):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert requests.request(method, base + path, data=b"x" * 100,
                                    timeout=5).status_code in (404, 405)
    assert connector.is_ready()
    flow.say(2, "And on it goes")
    flow.arrived(connector)


def test_the_admin_port_is_this_computers_own(flow, rest_site):
    connector = flow.twinwire.connector(flow.put(rest_site())).start()
    want = f":{connector.admin_port:04X}"
    rows = [line.split() for name in ("tcp", "tcp6")
            for line in open(f"/proc/net/{name}").read().splitlines()[1:]]
    listening = {row[1] for row in rows
                 if row[3] == "0A" and row[1].endswith(want)}
    assert listening == {"0100007F" + want}, listening
