"""Hosts on loopback that notices are sent to: over TLS by any name, or silent."""

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SLACK = "hooks.slack.com"


@dataclass
class TlsHost:
    """An HTTPS host that any name leads to, being a proxy too; it remembers what it got and answers `status`."""

    port: int
    authority: Path
    status: int = 200
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def tls_host(folder: Path) -> Iterator[TlsHost]:
    """The host, with a certificate for loopback and for Slack by an authority of its own, a file in `folder`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_certificate(folder))
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = TlsHost(server.getsockname()[1], folder / "host.pem")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with suppress(OSError), connection:
                        _serve(connection, context, got)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield got
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(connection: socket.socket, context: ssl.SSLContext, got: TlsHost) -> None:
    connection.settimeout(10)
    if connection.recv(7, socket.MSG_PEEK) == b"CONNECT":
        _head(connection)
        connection.sendall(b"HTTP/1.1 200 here\r\n\r\n")
    with context.wrap_socket(connection, server_side=True) as secure:
        head, body = _head(secure)
        length = next(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += secure.recv(65536)
        got.requests.append((head[0].split(b" ")[1].decode(), json.loads(body)))
        secure.sendall(b"HTTP/1.1 %d so\r\nContent-Length: 2\r\n\r\nok" % got.status)


def _head(connection: socket.socket) -> tuple[list[bytes], bytes]:
    text = b""
    while b"\r\n\r\n" not in text:
        if not (more := connection.recv(65536)):
            raise ConnectionError
        text += more
    head, _, rest = text.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def _certificate(folder: Path) -> Path:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "host")]),
    )
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(SLACK), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1)).add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "host.pem").write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return folder / "host.pem"
