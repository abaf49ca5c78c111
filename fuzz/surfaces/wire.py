"""Requests as bytes, over a socket, so that nothing on the way makes them better than they are."""

import base64
import socket
from urllib.parse import unquote, unquote_plus

import oracle


class Sent:
    """A request. `mangled` says that it may be no HTTP at all, so that the framework may answer in place of the server."""

    def __init__(self, method, target, headers=(), body=b"", mangled=False):
        self.method = method
        self.target = target
        self.headers = list(headers)
        self.body = body
        self.mangled = mangled
        self.raw = None
        self._everything = None

    def path(self):
        return self.target.split("?")[0]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def bytes(self):
        """What goes over the wire. A body gets a length unless the request speaks of one."""
        if self.raw is not None:
            return self.raw
        lines = [latin(f"{self.method} {self.target} HTTP/1.1")]
        names = {name.lower() for name, _ in self.headers}
        headers = list(self.headers)
        if "host" not in names:
            headers.insert(0, ("Host", "localhost"))
        if not names & {"content-length", "transfer-encoding"} and (self.body or self.method in ("POST", "PUT", "PATCH")):
            headers.append(("Content-Length", str(len(self.body))))
        lines += [latin(f"{name}: {value}") for name, value in headers]
        self.raw = b"\r\n".join(lines) + b"\r\n\r\n" + self.body
        return self.raw

    def everything(self):
        """All that was sent, in lower case and as it may have been read, but for the credentials."""
        if self._everything is None:
            open_headers = [f"{name}: {value}" for name, value in self.headers if name.lower() != "authorization"]
            raw = b"\n".join([latin(self.method), latin(self.target), *map(latin, open_headers), self.body])
            if self.mangled:
                # A bit that was turned in it can be echoed, too.
                raw += b"\n" + self.bytes()
            self._everything = "\n".join(oracle.readings(raw)).lower()
        return self._everything

    def credentials(self):
        return "\n".join([value for name, value in self.headers if name.lower() == "authorization"])

    def shown_secrets(self):
        """What stands in the places for secrets."""
        found = []
        for name, value in self.headers:
            if name.lower() == "authorization":
                found += value.split()[1:]
                try:
                    found += base64.b64decode(value.split()[-1], validate=True).decode().split(":")[1:]
                except (ValueError, IndexError):
                    pass
        if self.path() == "/oauth/token":
            for pair in self.body.decode("utf-8", "replace").split("&"):
                name, _, value = pair.partition("=")
                if unquote(name) in ("client_secret", "client_assertion"):
                    found.append(unquote_plus(value))
        return found


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self._text = None

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def text(self):
        if self._text is None:
            self._text = self.body.decode("utf-8", "replace")
        return self._text


def latin(text):
    """Characters up to 255 as they are, so that any byte can be sent; others as UTF-8."""
    return b"".join(
        bytes([ord(c)]) if ord(c) < 256 else c.encode("utf-8", "surrogatepass") for c in text
    )


class NoAnswer(Exception):
    """The connection ended before there was an answer."""


class Line:
    """A connection that is kept for the next request."""

    def __init__(self, host, port, patience=40):
        self.host, self.port, self.patience = host, port, patience
        self.socket, self.buffer, self.used = None, b"", False

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket, self.buffer, self.used = None, b"", False

    def send(self, sent):
        """The answer, on the kept connection or a new one. What is no HTTP gets a connection of its own."""
        if sent.mangled:
            self.close()
        try:
            return self._try(sent)
        except (OSError, NoAnswer):
            self.close()
            if sent.mangled:
                raise
            # A connection that was kept may have been closed meanwhile; a new one may not.
            return self._try(sent)
        finally:
            if sent.mangled:
                self.close()

    def _try(self, sent):
        if self.socket is None:
            self.socket = socket.create_connection((self.host, self.port), timeout=self.patience)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(sent.bytes())
            if sent.mangled:
                # There is no more to come, so nobody waits for it.
                self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            # Refused before it was read to its end: the answer may be there.
            pass
        return self._receive(sent)

    def _receive(self, sent):
        while True:
            while b"\r\n\r\n" not in self.buffer:
                self._more()
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            first, *rest = head.decode("latin-1").split("\r\n")
            parts = first.split(" ", 2)
            if len(parts) < 2 or not parts[1].isdigit():
                raise ValueError(f"no status line: {first[:80]!r}")
            status = int(parts[1])
            if status >= 200:
                break
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in rest if ":" in line]
        answer = Answer(status, headers, b"")
        if sent.method != "HEAD" and status not in (204, 304):
            answer.body = self._body(answer)
        if (answer.header("connection") or "").lower() == "close":
            self.close()
        return answer

    def _body(self, answer):
        if "chunked" in (answer.header("transfer-encoding") or ""):
            whole = b""
            while True:
                while b"\r\n" not in self.buffer:
                    self._more()
                size, self.buffer = self.buffer.split(b"\r\n", 1)
                length = int(size.split(b";")[0], 16)
                while len(self.buffer) < length + 2:
                    self._more()
                whole += self.buffer[:length]
                self.buffer = self.buffer[length + 2 :]
                if length == 0:
                    return whole
        length = int(answer.header("content-length") or 0)
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return body

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise NoAnswer("the connection was closed without an answer")
        self.buffer += piece
