"""A Kafka that asks everybody who he is: TLS with a CA of its own, users by
SCRAM or, at the side door, by certificate, nothing allowed that is not granted. The operator's password stands in
the broker's configuration, as its deployment has it; all others are made by
`twinwire provision` or by an independent client."""

import secrets
import subprocess

from confluent_kafka.admin import (AdminClient, ScramCredentialInfo,
                                   ScramMechanism,
                                   UserScramCredentialUpsertion)

OPERATOR = "twinwire-operator"
BROKER = "twinwire-broker"


def _openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True,
                   capture_output=True)


KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


def certificate(folder, address):
    """(certificate, key) of a server at an IP address, signed by itself, good
    for two days."""
    folder.mkdir(parents=True)
    _openssl("req", "-x509", "-nodes", "-days", "2", *KEY, "-subj", "/CN=Test", "-addext",
             f"subjectAltName=IP:{address}", "-keyout", "site.key",
             "-out", "site.pem", cwd=folder)
    return folder / "site.pem", folder / "site.key"


class Security:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ca = folder / "ca.pem"
        self.passwords = {OPERATOR: secrets.token_urlsafe(24),
                          BROKER: secrets.token_urlsafe(24)}
        self._authority()
        self.broker = self.certificate(
            "broker", "-addext", "subjectAltName=IP:127.0.0.1")

    def _authority(self):
        _openssl("req", "-x509", *KEY, "-nodes", "-days", "2",
                 "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem", cwd=self.folder)

    def self_signed(self, name, extension):
        """NAME.pem, key and certificate, that nobody answers for."""
        _openssl("req", "-x509", *KEY, "-nodes", "-days", "2",
                 "-subj", f"/CN={name}", "-addext", extension,
                 "-keyout", f"{name}.key", "-out", f"{name}.crt",
                 cwd=self.folder)
        return self._together(name)

    def certificate(self, name, *more, days=2, key=KEY):
        """NAME.key, NAME.crt and both in NAME.pem, signed by the CA."""
        _openssl("req", *key, "-nodes", "-subj", f"/CN={name}", *more,
                 "-keyout", f"{name}.key", "-out", f"{name}.csr",
                 cwd=self.folder)
        _openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem",
                 "-CAkey", "ca.key", "-copy_extensions", "copy",
                 "-days", str(days), "-out", f"{name}.crt", cwd=self.folder)
        return self._together(name)

    def _together(self, name):
        pem = self.folder / f"{name}.pem"
        pem.write_text("".join((self.folder / f"{name}.{end}").read_text()
                               for end in ("key", "crt")))
        pem.chmod(0o600)
        return pem

    def broker_settings(self, doors):
        """Properties over those of an open broker with these listeners."""
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        jaas = (f'{plain} required username="{BROKER}" '
                f'password="{self.passwords[BROKER]}" ' + " ".join(
                    f'user_{u}="{p}"' for u, p in self.passwords.items()) + ";")
        listeners = {d.lower(): jaas for d in [*doors, "CONTROLLER"]}
        return {
            "listener.security.protocol.map": ",".join(
                f"{d}:{'SSL' if d == 'SIDE' else 'SASL_SSL'}"
                for d in [*doors, "CONTROLLER"]),
            "listener.name.side.ssl.client.auth": "required",
            "ssl.principal.mapping.rules":
                "RULE:^.*CN=([a-z0-9-]+).*$/$1/,DEFAULT",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            **{f"listener.name.{d}.plain.sasl.jaas.config": text
               for d, text in listeners.items()},
            **{f"listener.name.{d}.scram-sha-512.sasl.jaas.config":
               f"{scram} required;" for d in listeners},
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.broker,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.ca,
            "authorizer.class.name":
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{BROKER};User:{OPERATOR}",
            "allow.everyone.if.no.acl.found": "false",
        }

    def client(self, user, password=None):
        """What confluent-kafka needs to be USER."""
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN" if user == OPERATOR
                              else "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password or self.passwords[user],
            "ssl.ca.location": str(self.ca),
        }

    def java_client(self, user):
        """The same for Kafka's own tools: the text of a properties file."""
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        return (f'sasl.jaas.config={plain} required username="{user}" '
                f'password="{self.passwords[user]}";\n'
                "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n"
                f"ssl.truststore.type=PEM\nssl.truststore.location={self.ca}\n")

    def operator_conf(self, brokers, password_file):
        """Properties under `kafka:` of our programs: the operator, by
        password."""
        conf = self.client(OPERATOR)
        del conf["sasl.password"]
        return conf | {"brokers": brokers,
                       "sasl.password_file": str(password_file)}

    def certificate_conf(self, brokers, user):
        """The same for USER by a certificate, at the side door: librdkafka
        before 2.6.1 cannot do SCRAM with Kafka 4 (librdkafka#4895)."""
        self.certificate(user)
        return {"brokers": brokers, "security.protocol": "SSL",
                "ssl.ca.location": str(self.ca),
                "ssl.key.location": str(self.folder / f"{user}.key"),
                "ssl.certificate.location": str(self.folder / f"{user}.crt")}

    def certificate_client(self, brokers, user):
        """The same for confluent-kafka."""
        conf = self.certificate_conf(brokers, user)
        return {"bootstrap.servers": conf.pop("brokers")} | conf

    def make_user(self, brokers, user, password):
        """By an independent client, as the operator."""
        admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0}
                            | self.client(OPERATOR))
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        made = admin.alter_user_scram_credentials(
            [UserScramCredentialUpsertion(user, info, password.encode())])
        for future in made.values():
            future.result(20)
        self.passwords[user] = password
