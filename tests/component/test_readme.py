"""Goal: what the README tells an operator to write is taken as it stands."""

import re
import subprocess

from support.process import ROOT
from support.twinwire import program


def test_the_sample_configuration_passes_check(tmp_path):
    readme = (ROOT / "README.md").read_text()
    samples = re.findall(r"`([a-z-]+\.yaml)`[^`]*```yaml\n(.*?)```", readme, re.S)
    assert {name for name, _ in samples} == {"connector.yaml",
                                             "volgograd-website.yaml"}
    secret = tmp_path / "password"
    secret.write_text("x")
    secret.chmod(0o600)
    for name, text in samples:
        text = text.replace("deploy/connectors", str(ROOT / "deploy/connectors"))
        text = re.sub(r"/run/secrets/\w+", str(secret), text)
        (tmp_path / name).write_text(text)
    check = subprocess.run([program("cli"), "check",
                            tmp_path / "connector.yaml"],
                           capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr
