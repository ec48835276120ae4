"""The stand-in's end of a connection, and how it is lost."""

from __future__ import annotations

import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import Any


class Line(BaseHTTPRequestHandler):
    """A connection that may be cut in the middle of a request."""

    server: Any

    def parse_request(self) -> bool:
        if self.server.standin.is_away:
            self._hang_up(reset=True)
            return False
        return super().parse_request()

    def _hang_up(self, *, reset: bool) -> None:
        if reset:
            # With no time to linger a close is a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.connection.close()
