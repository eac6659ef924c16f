"""A real Apache Kafka: one KRaft node that is broker and controller."""

import base64
import os
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from .process import ROOT, Process, free_port, listens

JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


class Kafka:
    """Data survive stop() and start(): a broker that was down comes back
    with what it had, on the same port."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.brokers = f"127.0.0.1:{self.port}"
        self._classpath = str(ROOT / "build/tools/kafka/*")
        self._properties = self.folder / "server.properties"
        self._configure(free_port())
        self._format()
        self.process = Process(
            "kafka",
            JAVA + ["-Xms64m", "-Xmx320m", "-cp", self._classpath,
                    "kafka.Kafka", self._properties],
            self.folder / "kafka.log", cwd=self.folder)

    def _configure(self, controller):
        self._properties.write_text("\n".join([
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},"
            f"CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map="
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            f"log.dirs={self.folder}/data",
            # As on a real wire: topics are made by provision, never by luck.
            "auto.create.topics.enable=false",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.num.partitions=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            "controlled.shutdown.enable=false",
            "log.cleaner.dedupe.buffer.size=2000000",
            "log.segment.bytes=33554432",
            "log.index.size.max.bytes=1048576",
            "num.network.threads=2",
            "num.io.threads=2",
            "background.threads=2",
        ]) + "\n")

    def _format(self):
        cluster_id = "t" + base64.urlsafe_b64encode(
            os.urandom(15)).decode() + "Q"
        out = subprocess.run(
            JAVA + ["-Xmx128m", "-cp", self._classpath,
                    "kafka.tools.StorageTool", "format", "-t", cluster_id,
                    "-c", str(self._properties)],
            capture_output=True, text=True, cwd=self.folder,
            env=os.environ | {"LOG_DIR": str(self.folder)}, check=False)
        assert out.returncode == 0, out.stdout + out.stderr

    def start(self):
        self.process.start()
        self.process.ready(lambda: listens(self.port))
        self.process.ready(self._answers)
        return self

    def _answers(self):
        admin = AdminClient({"bootstrap.servers": self.brokers,
                             "log_level": 0})
        return admin.list_topics(timeout=1).brokers

    def stop(self):
        self.process.stop(timeout_s=40)

    def kill(self):
        self.process.kill()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
