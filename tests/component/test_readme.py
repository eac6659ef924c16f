"""Goal: what the README tells an operator to write is taken as it stands."""

import os
import re
import subprocess

import pytest

from support.process import ROOT, handbook
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


# What of Docker the commands lean on: containers by project, taken from the
# shell, .env or the folder's name; volumes that `-v` makes where there are none.
ENGINE = r"""
docker_compose() {
	project=${COMPOSE_PROJECT_NAME:-$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env)}
	project=${project:-$(basename "$PWD")}
	case "$1 $2" in
	"ps -aq") [ ! -d $ENGINE/$project-$3 ] || echo $project-$3 ;;
	"up --no-start")
		for v in kafka registry; do mkdir -p $ENGINE/volumes/${project}_$v; done
		container kafka kafka /var/lib/kafka/data
		container registry-disk registry /data ;;
	*) echo "$@" >>$ENGINE/said ;;
	esac
}
container() {
	mkdir -p $ENGINE/$project-$1/$(dirname $3)
	ln -sfn $ENGINE/volumes/${project}_$2 $ENGINE/$project-$1/$3
}
docker() {
	root=$(mktemp -d $ENGINE/root.XXXXXX)
	while [ "$1" != twinwire ]; do
		case "$1 $2" in
		"--volumes-from "*) cp -R "$ENGINE/${2:?no container}/." $root ;;
		"-v /"*) ln -s "${2%:*}" $root/${2##*:} ;;
		"-v "*)
			mkdir -p $ENGINE/volumes/${2%:*}
			ln -s $ENGINE/volumes/${2%:*} $root/${2##*:} ;;
		esac
		shift
	done
	# tar -C FOLDER -czf FILE: the paths are the container's.
	tar $3 $root$4 $5 $root$6 $7
}
"""


@pytest.fixture
def server(tmp_path):
    """A folder of a wire called wire1, of which only .env knows."""
    engine, bin = tmp_path / "engine", tmp_path / "bin"
    bin.mkdir()
    for name in ("docker", "docker-compose"):
        (bin / name).write_text(
            f'#!/bin/sh\n{ENGINE}\n{name.replace("-", "_")} "$@"\n')
        (bin / name).chmod(0o755)
    (tmp_path / "twinwire/wire").mkdir(parents=True)
    (tmp_path / "twinwire/.env").write_text("COMPOSE_PROJECT_NAME=wire1\n")
    by, backup, restore = handbook("Backup and restore")

    class Server:
        folder, volumes, said = tmp_path / "twinwire", engine / "volumes", \
            engine / "said"
        steps = {"backup": by + backup, "restore": by + restore}

        def run(self, commands, **env):
            self.said.write_text("")
            path = f"{bin}:{os.environ['PATH']}"
            return subprocess.run(
                ["sh", "-c", commands], cwd=self.folder, text=True,
                capture_output=True, env=os.environ | env | {
                    "PATH": path, "ENGINE": str(engine)})

    engine.mkdir()
    s = Server()
    s.run("docker-compose up --no-start; cp -R $ENGINE/wire1-registry-disk"
          " $ENGINE/wire1-registry")
    for name in ("kafka", "registry"):
        (s.volumes / f"wire1_{name}/log").write_text(f"of {name}")
    return s


def test_a_backup_is_of_the_volumes_that_are_used(server):
    """Those of the project's name in .env, which no shell reads."""
    done = server.run(server.steps["backup"])
    assert done.returncode == 0, done.stderr
    assert server.said.read_text() == "stop\nup -d\n"
    assert len(list(server.volumes.iterdir())) == 2
    for name in ("kafka", "registry"):
        (server.volumes / f"wire1_{name}/log").unlink()
    done = server.run(server.steps["restore"])
    assert done.returncode == 0, done.stderr
    assert server.said.read_text() == "up -d\n"
    for name in ("kafka", "registry"):
        assert (server.volumes / f"wire1_{name}/log").read_text() == \
            f"of {name}"


def test_a_backup_under_another_name_fails(server):
    done = server.run(server.steps["backup"], COMPOSE_PROJECT_NAME="other")
    assert done.returncode != 0 and done.stderr
    assert server.said.read_text() == "stop\n"
    assert not list(server.folder.glob("[kr]*.tar.gz"))
    assert len(list(server.volumes.iterdir())) == 2
