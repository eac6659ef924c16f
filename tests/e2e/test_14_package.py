"""Goal: `make deb` makes a package that installs on this Debian, runs as its own
user, brings manuals, completion and sandboxed units, and goes without a trace.
It is installed into a copy of this machine's root that vanishes with the test."""

import os
import shutil
import subprocess

import pytest
from support.process import ROOT

INSIDE = r"""
set -eu
mount -t tmpfs none "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" overlay "$1/root"
mount --rbind /proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs none "$1/root/run"
cp "$2" "$1/root/twinwire.deb"
cat >"$1/root/inside" <<'END'
set -eu
dpkg -i /twinwire.deb >/dev/null
for p in twinwire twinwire-connector twinwire-reconciler twinwire-portal \
		twinwire-watch twinwire-sandbox; do
	$p --version || $p -V
	man -w $p >/dev/null && echo "manual of $p"
done
for p in connection preset members tables; do
	man -w 5 twinwire-$p >/dev/null && echo "manual of twinwire-$p"
done
stat -c 'etc %U:%G %a' /etc/twinwire
id -un twinwire
systemd-analyze verify /lib/systemd/system/twinwire-*.service && echo units
for u in /lib/systemd/system/twinwire-*.service; do
	systemd-analyze security --offline=true --threshold=20 "$u" >/dev/null &&
		echo sandboxed
done
. /usr/share/bash-completion/completions/twinwire
COMP_WORDS=(twinwire sta) COMP_CWORD=1
_twinwire; echo "completed ${COMPREPLY[*]}"
COMP_WORDS=(twinwire status --wa) COMP_CWORD=2
_twinwire; echo "completed ${COMPREPLY[*]}"
cat >/etc/twinwire/connector.yaml <<'Y'
kafka: { brokers: "127.0.0.1:1" }
registry: { url: "http://127.0.0.1:1" }
state: /var/lib/twinwire/state.db
presets: /usr/share/twinwire/connectors
connections: [site.yaml]
Y
cat >/etc/twinwire/site.yaml <<'Y'
connection: site
member: mag
uses: rest
system: { base_url: "https://www.example.org" }
subscribe: [{ topics: [tw.events.*] }]
Y
# As the unit does: the user, its folder, a stop.
install -d -o twinwire -m 700 /var/lib/twinwire
timeout --preserve-status -s TERM 5 setpriv --reuid twinwire --regid twinwire \
	--clear-groups twinwire-connector -f /etc/twinwire/connector.yaml
test -s /var/lib/twinwire/state.db && echo ran
dpkg -P twinwire >/dev/null 2>&1
for f in /usr/bin/twinwire* /usr/share/twinwire /var/lib/twinwire \
		/lib/systemd/system/twinwire* /usr/share/man/man*/twinwire*; do
	[ ! -e "$f" ] || echo "left behind: $f"
done
END
chroot "$1/root" bash /inside
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a chroot")
def test_the_package_installs_runs_and_goes(tmp_path):
    for tool in ("dpkg-deb", "dpkg-shlibdeps", "unshare", "man"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    made = subprocess.run(["make", "-s", "deb"], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    deb = max((ROOT / "build").glob("twinwire_*.deb"),
              key=lambda p: p.stat().st_mtime)
    (tmp_path / "copy").mkdir()
    out = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "bash", "-c",
         INSIDE, "inside", tmp_path / "copy", deb],
        capture_output=True, text=True, timeout=300, check=False)
    said = out.stdout.splitlines()
    assert out.returncode == 0, out.stdout + out.stderr
    for word in ("twinwire", "twinwire-connector", "twinwire-watch",
                 "twinwire-connection", "twinwire-preset", "twinwire-tables"):
        assert f"manual of {word}" in said
    assert "etc root:twinwire 750" in said
    assert "units" in said and said.count("sandboxed") == 5, out.stderr
    assert "completed status" in said and "completed --watch" in said
    assert "ran" in said
    assert not [line for line in said if line.startswith("left behind")]
