"""The program with a private cluster in a directory of its own: started, watched, stopped."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from urllib.request import urlopen

BAD_LINE = re.compile(r"\bERROR\b|panicked|stack backtrace|fatal runtime error")


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = os.path.abspath(path), folder
        self.data = os.path.join(folder, "data")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("ROLLCALL_") and key != "DATABASE_URL"}
        self.bad_lines, self.warnings, self.lines, self.seen = [], [], 0, []
        self.watched = set()
        self.up = threading.Event()

    def start(self):
        offered = subprocess.run([self.path, "serve", "--help"], env=self.env, capture_output=True, text=True, check=True).stdout
        args = ["--trusted-proxy", "127.0.0.0/8"]
        # The limits have tests of their own; here they would only keep requests from what is to be tried.
        for flag in ("--requests-per-second", "--anonymous-per-second"):
            if flag in offered:
                args += [flag, "0"]
        out = open(os.path.join(self.folder, "out"), "wb")
        self.child = subprocess.Popen(
            [self.path, "serve", "--data-dir", self.data, "--listen", "127.0.0.1:0", *args],
            env=self.env, stdout=out, stderr=subprocess.PIPE, cwd=self.folder,
        )
        threading.Thread(target=self._watch, daemon=True).start()
        begun = time.monotonic()
        while not self.up.wait(0.1):
            if self.child.poll() is not None or time.monotonic() - begun > 120:
                raise SystemExit(f"the server did not come up: {self.seen[-5:]}")
        self.postmaster = self._postmaster()
        return self

    def _watch(self):
        """Every line of the log, as it comes: which are bad, and whether one shows a secret."""
        with open(os.path.join(self.folder, "log"), "wb") as kept:
            for raw in self.child.stderr:
                line = raw.decode("utf-8", "replace").rstrip()
                self.lines += 1
                if found := re.search(r"listening on (https?)://([\d.:\[\]]+)", line):
                    self.host, port = found.group(2).rsplit(":", 1)
                    self.port = int(port)
                    self.up.set()
                if BAD_LINE.search(line):
                    self.bad_lines.append(re.sub(r"^\[\S+ |[0-9a-f]{8}-[0-9a-f-]{27}", "", line)[:500])
                if " WARN " in line:
                    self.warnings.append(line[:300])
                if any(secret in line for secret in self.watched):
                    self.bad_lines.append(f"a secret in the log: {line[:200]}")
                if self.lines < 5000 or " INFO " not in line:
                    kept.write(raw)
                    kept.flush()
                if len(self.seen) < 200:
                    self.seen.append(line)

    def _postmaster(self):
        with open(os.path.join(self.data, "postgres", "postmaster.pid")) as file:
            return int(file.readline())

    def still_the_same(self):
        """Why it is not the process that was started, or its database not the cluster that was started with it."""
        if self.child.poll() is not None:
            return f"the server ended with {self.child.returncode}"
        if self._postmaster() != self.postmaster:
            return "PostgreSQL was started again"
        try:
            with urlopen(f"http://{self.host}:{self.port}/health/ready", timeout=30) as answer:
                return None if answer.status == 200 else f"/health/ready answers {answer.status}"
        except OSError as error:
            return f"/health/ready cannot be had: {error}"

    def memory_said(self):
        """Resident memory of the server now, and at most so far."""
        found = {}
        try:
            with open(f"/proc/{self.child.pid}/status") as file:
                for line in file:
                    if line.startswith(("VmRSS", "VmHWM")):
                        found[line.split(":")[0]] = int(line.split()[1]) / 1024
            return f"{found['VmRSS']:.1f} MiB ({found['VmHWM']:.1f} at most)"
        except (OSError, KeyError):
            return "not to be read"

    def command(self, *args, stdin=None):
        """Runs a command of the program beside the server; what it prints."""
        done = subprocess.run(
            [self.path, *args, *([] if "--help" in args else ["--data-dir", self.data])], env=self.env, input=stdin, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{args}: {done.stderr}")
        return done.stdout.strip()

    def json(self, *args, stdin=None):
        return json.loads(self.command(*args, "--json", stdin=stdin))

    def stop(self):
        if not hasattr(self, "child"):
            return None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                return self.child.wait(60)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()
