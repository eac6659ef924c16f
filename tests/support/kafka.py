"""A real Apache Kafka: KRaft nodes, each broker and controller."""

import base64
import os
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from .process import ROOT, Process, free_port, listens
from .security import OPERATOR

START_S = 180  # a machine may be busy with other things
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


def _tool(folder, *args):
    """Run one of Kafka's own: main class, arguments."""
    out = subprocess.run(
        JAVA + ["-Xmx128m", "-cp", str(ROOT / "build/tools/kafka/*"),
                *map(str, args)],
        capture_output=True, text=True, cwd=folder,
        env=os.environ | {"LOG_DIR": str(folder)}, check=False)
    assert out.returncode == 0, out.stdout + out.stderr


class Node:
    """One of them. Its side door is a second listener, for whoever shall meet
    the faults that are put in front of it while the others do not: SIDE_PORT
    is where it listens, SIDE_SAID what it tells its clients. A test that puts
    a proxy there listens on SIDE_SAID."""

    def __init__(self, folder, id, with_side_door):
        self.folder = folder
        self.id = id
        self.port = free_port()
        self.controller = free_port()
        self.side_port = self.side_said = None
        if with_side_door:
            self.side_port, self.side_said = free_port(), free_port()
        self.properties = folder / "server.properties"
        classpath = str(ROOT / "build/tools/kafka/*")
        self.process = Process(
            f"kafka-{id}",
            JAVA + ["-Xms64m", "-Xmx320m", "-cp", classpath,
                    "kafka.Kafka", self.properties],
            folder / "kafka.log", cwd=folder)

    def configure(self, voters, nodes, security, more):
        doors = {"PLAINTEXT": (self.port, self.port)}
        if self.side_port:
            doors["SIDE"] = (self.side_port, self.side_said)
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "process.roles": "broker,controller",
            "node.id": self.id,
            "controller.quorum.voters": voters,
            "listeners": ",".join(
                [f"{d}://127.0.0.1:{p}" for d, (p, _) in doors.items()]
                + [f"CONTROLLER://127.0.0.1:{self.controller}"]),
            "advertised.listeners": ",".join(
                f"{d}://127.0.0.1:{p}" for d, (_, p) in doors.items()),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": ",".join(
                f"{d}:PLAINTEXT" for d in [*doors, "CONTROLLER"]),
            "log.dirs": self.folder / "data",
            # As on a real wire: topics are made by provision, never by luck.
            "auto.create.topics.enable": "false",
            "default.replication.factor": nodes,
            "min.insync.replicas": nodes // 2 + 1,
            "offsets.topic.replication.factor": nodes,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": nodes,
            "transaction.state.log.num.partitions": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": nodes,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "controlled.shutdown.enable": "false",
            "log.cleaner.dedupe.buffer.size": 2000000,
            "log.segment.bytes": 33554432,
            "log.index.size.max.bytes": 1048576,
            "num.network.threads": 2,
            "num.io.threads": 2,
            "background.threads": 2,
        }
        if security is not None:
            settings |= security.broker_settings(doors)
        settings |= more
        self.properties.write_text(
            "".join(f"{k}={v}\n" for k, v in settings.items()))

    def format(self, cluster_id):
        _tool(self.folder, "kafka.tools.StorageTool", "format",
              "-t", cluster_id, "-c", self.properties)

    def start(self):
        self.process.start()

    def kill(self):
        self.process.kill()

    def freeze(self):
        """A broker that answers nobody and does not know it."""
        self.process.freeze()

    def thaw(self):
        self.process.thaw()


class Kafka:
    """Data survive stop() and start(): a broker that was down comes back
    with what it had, on the same port. SECURITY: who may do what, else
    everybody everything; nothing stands before its side door. MORE: properties of all nodes."""

    def __init__(self, folder, nodes=1, side_door=False, security=None,
                 **more):
        folder = Path(folder)
        self.security = security
        self.client = {} if security is None else security.client(OPERATOR)
        self.nodes = [
            Node(folder / f"node-{n}", n, side_door or security is not None)
            for n in range(1, nodes + 1)]
        if security is not None:
            for n in self.nodes:
                n.side_said = n.side_port
        self.port = self.nodes[0].port
        self.brokers = ",".join(
            f"127.0.0.1:{n.port}" for n in self.nodes)
        self.side_brokers = ",".join(
            f"127.0.0.1:{n.side_said}" for n in self.nodes)
        voters = ",".join(
            f"{n.id}@127.0.0.1:{n.controller}" for n in self.nodes)
        cluster_id = "t" + base64.urlsafe_b64encode(
            os.urandom(15)).decode() + "Q"
        for n in self.nodes:
            n.configure(voters, nodes, security,
                        {k.replace("_", "."): v for k, v in more.items()})
            n.format(cluster_id)

    def start(self):
        for n in self.nodes:
            n.start()
        for n in self.nodes:
            n.process.ready(lambda n=n: listens(n.port), START_S)
        for n in self.nodes:
            n.process.ready(self.is_whole, START_S)
        return self

    def is_whole(self):
        """All nodes are there, and know each other."""
        admin = AdminClient({"bootstrap.servers": self.brokers,
                             "log_level": 0} | self.client)
        return len(admin.list_topics(timeout=1).brokers) == len(self.nodes)

    def limit(self, rates):
        """RATES ("producer_byte_rate=1048576,...") of every user that has none
        of its own. By Kafka's tool: the witness's client cannot."""
        folder = self.nodes[0].folder
        tools = folder / "tools.properties"
        tools.write_text(self.security.java_client(OPERATOR)
                         if self.security is not None else "")
        _tool(folder, "kafka.admin.ConfigCommand",
              "--bootstrap-server", self.brokers, "--command-config", tools,
              "--alter", "--entity-type", "users", "--entity-default",
              "--add-config", rates)

    def stop(self):
        for n in self.nodes:
            n.process.stop(timeout_s=40)

    def kill(self):
        for n in self.nodes:
            n.kill()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, *_):
        self.kill()
