"""EHRs on real sockets that can be told how to behave. Each keeps what it has taken, by our number."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import struct
import threading
import time
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

START, END = b"\x0b", b"\x1c\x0d"
SLOW_SECONDS = 1.5


class Mood(StrEnum):
    """What the EHR does with the next orders."""

    TAKES = "takes"
    REFUSES = "refuses"
    # From then on it takes what comes.
    REFUSES_ONCE = "refuses once"
    # It is not to blame on the visit: a locked record, too many requests.
    IS_BUSY = "is busy"
    # It does not understand us, or does not know us.
    IS_PUZZLED = "is puzzled"
    # It takes the order, and hangs up without a word.
    TAKES_AND_HANGS_UP = "takes and hangs up"
    # It hangs up without having taken anything.
    HANGS_UP = "hangs up"
    # It takes the order and answers when nobody listens any more.
    TAKES_SLOWLY = "takes slowly"


TAKING = (Mood.TAKES, Mood.TAKES_AND_HANGS_UP, Mood.TAKES_SLOWLY)


class Ehr:
    """`visits` by our number; `orders` counts what reached it, questions not among them."""

    def __init__(self) -> None:
        self.mood = Mood.TAKES
        self.visits: dict[str, dict[str, Any]] = {}
        self.orders: list[str] = []
        self.server: socketserver.TCPServer

    @property
    def port(self) -> int:
        return int(self.server.socket.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def stop_listening(self) -> None:
        """From now on there is nobody at its port."""
        self.server.shutdown()
        self.server.server_close()

    def mood_for_an_order(self) -> Mood:
        """What it does with the order that has just come."""
        if self.mood != Mood.REFUSES_ONCE:
            return self.mood
        self.mood = Mood.TAKES
        return Mood.REFUSES

    def taken(self, placer: str, **fields: Any) -> dict[str, Any]:
        """Write a visit down; the key stays what it was."""
        visit = self.visits.setdefault(placer, {"key": f"E{len(self.visits) + 1}"})
        visit.update(fields)
        return visit


def hang_up(connection: socket.socket) -> None:
    """A reset, not a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Hl7Ehr(Ehr):
    """Speaks MLLP, and acts once on a control id that comes twice."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        # MSA-1 and ERR of the next refusals.
        self.refusal = ("AE", "ERR|||E1042^Slot taken by JANE DOE|E")
        ehr = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                ehr.handle(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)

    def handle(self, connection: socket.socket) -> None:
        held = b""
        while END not in held:
            piece = connection.recv(4096)
            if not piece:
                return
            held += piece
        message = held.strip(START).removesuffix(END).decode()
        fields = {line[:3]: line.split("|") for line in message.split("\r") if line}
        control_id, event = fields["MSH"][9], fields["MSH"][8].split("^")[1]
        placer = fields["SCH"][1].split("^")[0]
        self.orders.append(f"{event} {placer}")
        mood = self.mood_for_an_order()
        if mood in TAKING and control_id not in self.seen:
            self.seen.add(control_id)
            self.taken(placer, status="off" if event == "S15" else "booked", starts=fields["TQ1"][7])
        if mood in (Mood.HANGS_UP, Mood.TAKES_AND_HANGS_UP):
            hang_up(connection)
            return
        if mood == Mood.TAKES_SLOWLY:
            time.sleep(SLOW_SECONDS)
        connection.sendall(self.answer(mood, control_id, placer))

    def answer(self, mood: Mood, control_id: str, placer: str) -> bytes:
        code, error = {
            Mood.REFUSES: self.refusal,
            Mood.IS_BUSY: ("AR", "ERR|||206^Locked|E"),
            Mood.IS_PUZZLED: ("AR", "ERR|||200^Unsupported|E"),
        }.get(mood, ("AA", f"SCH|{placer}|{self.visits.get(placer, {}).get('key', '')}"))
        stale = "MSH|^~\\&|EHR||WAITLIST||20260101||ACK|1|P|2.5.1\rMSA|AA|SOMEBODY-ELSES\r"
        ack = f"MSH|^~\\&|EHR||WAITLIST||20260101||ACK|2|P|2.5.1\rMSA|{code}|{control_id}\r{error}\r"
        committed = ack.replace(f"MSA|{code}|", "MSA|CA|")
        return b"".join(START + each.encode() + END for each in (stale, committed, ack))


class HttpEhr(Ehr):
    """What the two that speak HTTP have in common."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.tokens = {"a-token"}
        self.refusal: dict[str, Any] = {"detail": "Taken by JANE DOE", "notes": ["JANE DOE, of 17 May"]}
        ehr = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                ehr.requests.append((self.command, self.path, dict(self.headers)))
                ehr.handle(self, raw)

            do_GET = do_POST = do_PUT = do_PATCH = do  # noqa: N815 - the server's own names

            def log_message(self, *args: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle(self, request: BaseHTTPRequestHandler, raw: bytes) -> None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            say(request, 401, {})
        elif request.command == "GET":
            self.asked(request)
        else:
            self.ordered(request, json.loads(raw))

    def ordered(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        mood = self.mood_for_an_order()
        self.orders.append(f"{request.command} {urlsplit(request.path).path}")
        status, answer = self.take(request, body) if mood in TAKING else (0, {})
        if mood in (Mood.HANGS_UP, Mood.TAKES_AND_HANGS_UP):
            hang_up(request.connection)
            return
        if mood == Mood.TAKES_SLOWLY:
            time.sleep(SLOW_SECONDS)
        refused = {Mood.REFUSES: 409, Mood.IS_BUSY: 429, Mood.IS_PUZZLED: 400}
        if mood in refused:
            say(request, refused[mood], self.refusal, {"Retry-After": "7"})
        else:
            say(request, status, answer)

    def asked(self, request: BaseHTTPRequestHandler) -> None:
        raise NotImplementedError

    def take(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        raise NotImplementedError

    def by_key(self, request: BaseHTTPRequestHandler) -> dict[str, Any] | None:
        key = urlsplit(request.path).path.rpartition("/")[2]
        return next((visit for visit in self.visits.values() if visit["key"] == key), None)


def say(
    request: BaseHTTPRequestHandler,
    status: int,
    body: object,
    headers: dict[str, str] | None = None,
) -> None:
    """Answer with JSON, or with bytes as they are. Whoever has hung up hears nothing."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)
    except OSError:
        return


class FhirEhr(HttpEhr):
    """Minds If-None-Exist."""

    def __init__(self) -> None:
        super().__init__()
        issue = {"severity": "error", "code": "conflict", "diagnostics": "Taken by JANE DOE"}
        told = {"status": "generated", "div": "<div>JANE DOE</div>"}
        self.refusal = {"resourceType": "OperationOutcome", "issue": [issue], "text": told}

    def asked(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        named = parse_qs(parts.query).get("identifier")
        if named is None:
            found = self.by_key(request)
            say(request, 200 if found else 404, self.resource(found) if found else {})
            return
        visit = self.visits.get(named[0].rpartition("|")[2])
        entries = [{"resource": self.resource(visit)}] if visit else []
        say(request, 200, {"resourceType": "Bundle", "type": "searchset", "entry": entries})

    def take(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        placer = body["identifier"][0]["value"]
        known = placer in self.visits and request.command == "POST"
        visit = self.visits[placer] if known else self.taken(placer, **body)
        return (200 if known or request.command == "PUT" else 201), self.resource(visit)

    @staticmethod
    def resource(visit: dict[str, Any]) -> dict[str, Any]:
        body = {name: value for name, value in visit.items() if name != "key"}
        return {**body, "id": visit["key"], "meta": {"versionId": "1"}}


class DrchronoEhr(HttpEhr):
    """Without anything that makes one order of two."""

    def asked(self, request: BaseHTTPRequestHandler) -> None:
        if parse_qs(urlsplit(request.path).query):
            say(
                request,
                200,
                {"results": [self.record(visit) for visit in self.visits.values()], "next": None},
            )
            return
        found = self.by_key(request)
        say(request, 200 if found else 404, self.record(found) if found else {})

    def take(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if request.command == "PATCH":
            visit = self.by_key(request)
            assert visit is not None
            visit.update(body)
            return 200, {}
        placer = re.findall(r"\[waitlist (\w+)\]", body["notes"])[0]
        return 201, self.record(self.taken(placer, status="", **body))

    @staticmethod
    def record(visit: dict[str, Any]) -> dict[str, Any]:
        return {**visit, "id": visit["key"]}
