"""A web server on this machine that says whatever a test wants said, byte for byte."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

CERTIFICATE = Path(__file__).parent / "certificates" / "calendar_example.pem"
Say = Callable[["Server", socket.socket, bytes], None]


@dataclass
class Server:
    """`requests` are the heads of all that were asked; `over` is set when the test ends."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    over: Event = field(default_factory=Event)


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def serving(say: Say, *, tls: bool = False) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
    if context:
        context.load_cert_chain(CERTIFICATE)
    thread = Thread(target=_serve, args=(listener, server, say, context), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def saying(*answers: bytes) -> Say:
    """One answer after the other, the last one for ever."""

    def say(server: Server, peer: socket.socket, _: bytes) -> None:
        peer.sendall(answers[min(len(server.requests), len(answers)) - 1])

    return say


def _serve(
    listener: socket.socket, server: Server, say: Say, context: ssl.SSLContext | None
) -> None:
    while not server.over.is_set():
        with suppress(OSError):
            peer, _ = listener.accept()
            with context.wrap_socket(peer, server_side=True) if context else peer as talking:
                head = talking.recv(65_536)
                server.requests.append(head)
                say(server, talking, head)
