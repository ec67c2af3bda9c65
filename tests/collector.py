"""A collector of traces and of fault reports on loopback: keeps every byte that it is sent."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Collector:
    """`status` is what it answers, with `location` beside; it answers only while `answers` is set."""

    port: int = 0
    status: int = 200
    location: str = ""
    answers: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Path, headers, and the body as it was before it was packed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, _, body in self.requests]

    @property
    def everything(self) -> bytes:
        return b"".join(f"{path}\n{headers}\n".encode() + body for path, headers, body in self.requests)


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    made = Collector()
    made.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            made.requests.append((self.path, str(self.headers), gzip.decompress(body) if packed else body))
            made.answers.wait()
            with contextlib.suppress(OSError):
                self.send_response(made.status)
                self.send_header("Content-Length", "0")
                if made.location:
                    self.send_header("Location", made.location)
                self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name is the library's
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_port
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        made.answers.set()
        server.shutdown()
        serving.join()
        server.server_close()
