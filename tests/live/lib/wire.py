"""The wire: a relay of bytes that keeps what went each way.

Tap(port) listens on a port of its own and connects every client to the given
port; .port is where clients should go.  Nothing is changed or delayed.
"""

import base64
import socket
import struct
import threading


class Tap:
    def __init__(self, to):
        self.to = to
        self.sent = []		# one bytearray per connection: what the client said
        self.got = []		# and what the server said
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._copies = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return		# closed
            sent, got = bytearray(), bytearray()
            self.sent.append(sent)
            self.got.append(got)
            try:
                server = socket.create_connection(("127.0.0.1", self.to), 10)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for a, b, log in ((client, server, sent), (server, client, got)):
                t = threading.Thread(target=self._copy, args=(a, b, log), daemon=True)
                self._copies.append(t)
                t.start()

    @staticmethod
    def _copy(a, b, log):
        try:
            while data := a.recv(65536):
                log += data
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        """Waits until both sides of every connection have ended."""
        for t in self._copies:
            t.join(10)
            assert not t.is_alive(), "a connection is still open"
        self._listener.close()

    def everything(self):
        return b"".join(bytes(x) for x in self.sent + self.got)


def disguises(secret):
    """The secret as it would look on the wire: plain, or in base64 at any offset."""
    raw = secret.encode()
    forms = {raw}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw).decode()
        # The characters at both ends also depend on what stands beside the secret.
        first = (0, 2, 3)[shift]
        last = len(text.rstrip("="))
        if (shift + len(raw)) % 3:
            last -= 1
        forms.add(text[first:last].encode())
    return forms


class Record:
    """A TLS record as anyone on the line sees it."""

    CHANGE_CIPHER, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23

    def __init__(self, kind, body):
        self.kind = kind
        self.body = body

    def __repr__(self):
        return f"<{self.kind}:{len(self.body)}>"


def records(data):
    """Splits what one side said under TLS into records; anything else is an error."""
    found = []
    at = 0
    while at < len(data):
        assert len(data) - at >= 5, f"half a TLS record: {bytes(data[at:])!r}"
        kind, version, size = struct.unpack_from("!BHH", data, at)
        assert kind in (20, 21, 22, 23) and version >> 8 == 3 and len(data) - at >= 5 + size, (
            f"not TLS: {bytes(data[at:at + 60])!r}")
        found.append(Record(kind, bytes(data[at + 5:at + 5 + size])))
        at += 5 + size
    return found
