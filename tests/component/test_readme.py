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


def test_the_first_start_asks_for_no_file_that_is_made_later():
    """The compose file of the connectors, which .env names, is made by
    `prepare`."""
    text = (ROOT / "deploy/README.md").read_text()
    steps = text.split("## First start")[1].split("```")[1]
    before, after = steps.split("run --rm prepare")
    commands = [c for c in before.splitlines() if c.startswith("docker-compose")]
    assert len(commands) == 2 and "docker-compose up -d" in after
    for command in commands:
        assert command.startswith("docker-compose -f docker-compose.yml ")


def test_a_backup_is_of_the_volumes_that_are_used():
    """By the project's name, which else is the folder's."""
    name = re.search(r"COMPOSE_PROJECT_NAME:-(\w+)",
                     (ROOT / "deploy/README.md").read_text()).group(1)
    example = (ROOT / "deploy/env.example").read_text().splitlines()
    assert f"COMPOSE_PROJECT_NAME={name}" in example
