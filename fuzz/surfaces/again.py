"""Sends the request of a fault again: `python3 again.py <fault file> <host:port>`. Tokens in it are those of its run."""

import socket
import sys


def main():
    path, place = sys.argv[1:]
    with open(path, "rb") as file:
        text = file.read()
    request = text.split(b"sends it again\n", 1)[1].split(b"\n--- the answer\n", 1)[0]
    host, port = place.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=40) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()
