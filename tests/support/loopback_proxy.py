"""An HTTP proxy of tests on loopback: notes every CONNECT, then plays the source behind it over TLS, or refuses."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, *hosts: str) -> Path:
    """A file with a certificate of these hosts and its key, trusted by whoever takes it as its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    command = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, raw, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "certificate.pem"
    path.write_bytes(command.public_bytes(pem) + key.private_bytes(pem, raw, plain))
    return path


class LoopbackProxy:
    """Answers each tunnelled request with ``body``, or every CONNECT with the status of a refusal.

    Attributes:
        asked: ``HOST:PORT`` of every CONNECT, and of tunnelled requests their first lines, in order.
        credentials: what ``Proxy-Authorization`` said, in order.
    """

    def __init__(self, *, body: bytes = b"", certificate: Path | None = None, refusal: int = 502) -> None:
        self.requests: list[str] = []
        self.credentials: list[str | None] = []
        outer, context = self, None
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                outer.requests.append(self.path)
                outer.credentials.append(self.headers["Proxy-Authorization"])
                self.close_connection = True
                if context is None:
                    self.send_error(refusal)
                    return
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with context.wrap_socket(self.connection, server_side=True) as tunnel:
                    request = b""
                    while b"\r\n\r\n" not in request and (piece := tunnel.recv(65536)):
                        request += piece
                    outer.requests.append(request.split(b"\r\n")[0].decode())
                    tunnel.sendall(
                        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                    )

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name http.server gives
                del format, arguments

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
