"""What was counted, and the first request of every kind of fault, in files that whoever started the run puts together."""

import json
import os
import re
import time
from collections import Counter


class Tally:
    def __init__(self, context, name):
        self.folder = context["folder"]
        self.name, self.surface = name, context["surface"]
        self.requests = self.error_bodies = self.unanswered = 0
        self.statuses, self.faults = Counter(), Counter()
        self.slowest, self.slowest_request = 0.0, ""
        self.written = time.monotonic()

    def count(self, sent, answer, looked_at, seconds):
        self.requests += 1
        self.error_bodies += looked_at
        self.statuses[str(answer.status)] += 1
        if seconds > self.slowest:
            self.slowest, self.slowest_request = seconds, f"{sent.method} {sent.target[:120]}"
        if time.monotonic() - self.written > 5:
            self.write()

    def fault(self, kind, sentence, sent, answer):
        """Counts a fault; the first of its kind at an address is written down with the request."""
        place = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", sent.path())[:60]
        key = f"{kind} at {sent.method[:10]} {place}" if not sent.mangled else f"{kind} at what is no HTTP"
        self.faults[key] += 1
        if self.faults[key] > 1 or len(self.faults) > 200:
            return
        number = len(os.listdir(self.folder))
        path = os.path.join(self.folder, f"fault-{self.surface}-{self.name}-{number}.txt")
        with open(path, "wb") as file:
            file.write(f"{self.surface}: {kind}: {sentence}\n".encode())
            file.write(f"\n--- the request; `python3 fuzz/surfaces/again.py <this file> <host:port>` sends it again\n".encode())
            file.write(sent.bytes())
            file.write(b"\n--- the answer\n")
            if answer is not None:
                lines = [f"{answer.status}", *(f"{name}: {value}" for name, value in answer.headers)]
                file.write("\n".join(lines).encode() + b"\n\n" + answer.body[:20000])
        self.write()

    def write(self):
        self.written = time.monotonic()
        path = os.path.join(self.folder, f"tally-{self.surface}-{self.name}.json")
        with open(path + ".new", "w") as file:
            json.dump(
                {
                    "surface": self.surface, "by": self.name, "requests": self.requests,
                    "error_bodies": self.error_bodies, "unanswered": self.unanswered,
                    "statuses": self.statuses, "faults": self.faults,
                    "slowest": self.slowest, "slowest_request": self.slowest_request,
                },
                file,
            )
        os.replace(path + ".new", path)
