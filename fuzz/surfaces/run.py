"""Starts the real program with tenants in it, lets requests loose on its surfaces, and says what was found. See ../README.md."""

import argparse
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

import documents
from credentials import Key
from program import Program
from tenants import Tenant
from wire import Line, Sent

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SURFACES = ["scim", "api", "oauth"]
# Seconds after which every surface gets a fresh tenant: what was done to one must not keep the rest from being tried.
ROUND = 240
# Answers as they are described. That there is no fault is said by the oracle, which knows that /Me may be a 501.
CHECKS = {
    "scim": "status_code_conformance,content_type_conformance,response_schema_conformance",
    "api": "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,allow_header_conformance,unsupported_method,ignored_auth",
    "oauth": "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method",
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz_surfaces.sh", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="how long every surface is tried; all of them at the same time")
    parser.add_argument("--surface", choices=[*SURFACES, "all"], default="all")
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=None, help="the seed of a run before, for the same requests")
    parser.add_argument("--testers", default=None, help="folder of schemathesis; without it, only the changed requests are sent")
    parser.add_argument("--keep", action="store_true", help="keep the directory also when nothing was found")
    options = parser.parse_args()
    options.seed = random.randrange(2**32) if options.seed is None else options.seed
    folder = tempfile.mkdtemp(prefix="rollcall-fuzz-")
    program = Program(options.program, folder)
    run = Run(options, folder, program)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        good = run.all()
    finally:
        run.end_all()
        program.stop()
    if good and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


class Run:
    def __init__(self, options, folder, program):
        self.options, self.folder, self.program = options, folder, program
        self.found = os.path.join(folder, "found")
        os.mkdir(self.found)
        self.surfaces = SURFACES if options.surface == "all" else [options.surface]
        self.tenants, self.children, self.problems = [], [], Counter()

    def all(self):
        say(f"seed {self.options.seed}, directory {self.folder}")
        self.program.start()
        self.has_oauth = self.metadata() is not None
        if not self.has_oauth and "oauth" in self.surfaces:
            say("there is no token endpoint here: on the surface oauth only bearer tokens are tried")
        # One that clients sign with, and a stranger's of the same name.
        self.keys = [Key.made(self.options.seed, "main"), Key.made("a stranger", "main")] if self.has_oauth else []
        self.neighbours = [self.tenant(f"neighbour-{number}") for number in (1, 2)]
        self.before = self.program.memory_said()
        begun, left, number = time.monotonic(), self.options.minutes * 60, 0
        while left > 5 or number == 0:
            number += 1
            self.round(number, min(left, ROUND))
            left = self.options.minutes * 60 - (time.monotonic() - begun)
            say(f"round {number} is over: memory of the server {self.program.memory_said()}, {max(0, left):.0f} s left")
            if ended := self.program.still_the_same():
                self.problems[ended] += 1
                break
        return self.report(time.monotonic() - begun)

    def ask(self, path, token=None):
        headers = [("Authorization", f"Bearer {token}")] if token else []
        answer = Line(self.program.host, self.program.port).send(Sent("GET", path, headers))
        return json.loads(answer.text()) if answer.status == 200 else None

    def metadata(self):
        return self.ask("/.well-known/oauth-authorization-server")

    def tenant(self, name):
        made = Tenant(self.program, name, self.options.seed, next(iter(self.keys), None))
        self.tenants.append(made)
        return made

    def round(self, number, seconds):
        tenants = {surface: self.tenant(f"{surface}-{number}") for surface in self.surfaces}
        running = []
        for surface, tenant in tenants.items():
            context = self.context(surface, tenant, number, seconds)
            running.append((f"changed requests of {surface}", self.start([sys.executable, os.path.join(HERE, "worker.py"), context], surface, number, "changed")))
            if self.options.testers and (surface != "oauth" or self.has_oauth):
                running.append((f"schemathesis on {surface}", self.start(self.schemathesis(surface, tenant, context, number, seconds), surface, number, "schemathesis", context)))
        late = time.monotonic() + seconds + 90
        for name, child in running:
            try:
                status = child.wait(max(1, late - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.terminate()
                child.wait()
                continue
            if status != 0 and name.startswith("changed"):
                self.problems[f"{name} ended with {status}: {self.output(child)[-800:]}"] += 1
            elif status != 0:
                self.of_schemathesis(name, child, number)

    def context(self, surface, tenant, number, seconds):
        others = [other for other in self.tenants if other is not tenant]
        facts = tenant.facts() | {
            "surface": surface, "round": number, "seconds": seconds, "seed": self.options.seed, "root": ROOT, "folder": self.found,
            "keys": [key.facts() for key in self.keys], "host": self.program.host, "port": self.program.port, "directory": self.folder,
            "foreign_words": [other.word for other in others],
            "foreign_ids": [found for other in self.neighbours for ids in other.ids.values() for found in ids],
            "foreign_clients": [client for other in self.neighbours for client in other.clients],
            "secrets": [secret for one in [tenant, *self.neighbours] for secret in one.secrets],
        }
        path = os.path.join(self.folder, f"context-{surface}-{number}.json")
        with open(path, "w") as file:
            json.dump(facts, file)
        return path

    def start(self, command, surface, number, name, context=None):
        env = {**os.environ, "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1", "FUZZ_NAME": f"{name}-{number}"}
        if context:
            env |= {"FUZZ_CONTEXT": context, "SCHEMATHESIS_HOOKS": "hooks"}
        path = os.path.join(self.folder, f"output-{surface}-{name}-{number}")
        with open(path, "wb") as output:
            child = subprocess.Popen(["nice", "-n", "10", *command], env=env, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder)
        child.output_path = path
        self.children.append(child)
        return child

    def end_all(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()

    def output(self, child):
        with open(child.output_path, errors="replace") as file:
            return file.read()

    def schemathesis(self, surface, tenant, context, number, seconds):
        origin = f"http://{self.program.host}:{self.program.port}"
        if surface == "api":
            where, also = f"{origin}/api/v1/openapi.json", ["--header", f"Authorization: Bearer {tenant.api}"]
        else:
            if surface == "scim":
                document = documents.scim(lambda path: self.ask(f"/scim/v2{path}", tenant.scim))
                also = ["--url", f"{origin}/scim/v2", "--header", f"Authorization: Bearer {tenant.scim}"]
            else:
                document, also = documents.oauth(self.metadata(), tenant.clients[0]), ["--url", origin]
            where = context.replace("context-", "document-")
            with open(where, "w") as file:
                json.dump(document, file)
        return [
            os.path.join(self.options.testers, "schemathesis"), "run", where, *also, "--checks", CHECKS[surface], "--continue-on-failure", "--no-color", "--no-shrink",
            "--phases", "coverage,fuzzing,stateful" if number % 2 else "fuzzing,stateful", "--max-time", str(max(5, int(seconds))), "--seed", str(self.options.seed + number), "--max-examples", "100", "--suppress-health-check", "all",
            "--generation-database", "none", "--request-timeout", "40", "--warnings", "off",
        ]

    def of_schemathesis(self, name, child, number):
        """Its findings, word for word, in a file of their own."""
        text = self.output(child)
        path = os.path.join(self.found, f"fault-{name.replace(' ', '-')}-{number}.txt")
        with open(path, "w") as file:
            file.write(text)
        headings = [line.strip() for line in text.splitlines() if line.strip().startswith("- ")]
        for heading in headings or ["it failed"]:
            self.problems[f"{name}: {heading[:160]}"] += 1

    def report(self, seconds):
        total = {surface: Counter() for surface in self.surfaces}
        statuses = {surface: Counter() for surface in self.surfaces}
        slowest = {surface: (0.0, "") for surface in self.surfaces}
        for path in glob.glob(os.path.join(self.found, "tally-*.json")):
            with open(path) as file:
                tally = json.load(file)
            surface = tally["surface"]
            by = "by schemathesis" if tally["by"].startswith("schemathesis") else "changed"
            total[surface].update({"requests": tally["requests"], by: tally["requests"], "error bodies": tally["error_bodies"], "not answered, being no HTTP": tally["unanswered"]})
            statuses[surface].update(tally["statuses"])
            slowest[surface] = max(slowest[surface], (tally["slowest"], tally["slowest_request"]))
            for fault, times in tally["faults"].items():
                self.problems[f"{surface}: {fault}"] += times
        for line in self.program.bad_lines:
            self.problems[f"the log: {line}"] += 1
        say(f"{seconds:.0f} s on {', '.join(self.surfaces)}; seed {self.options.seed}; {self.program.lines} lines of log, {len(self.program.warnings)} warnings")
        say(f"memory of the server: at the start {self.before}; at the end {self.program.memory_said()}; one process, {self.program.child.pid}")
        for surface in self.surfaces:
            say(f"{surface}: " + ", ".join(f"{count} {what}" for what, count in sorted(total[surface].items())))
            say("  by status: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses[surface].items())))
            say(f"  slowest: {slowest[surface][0]:.2f} s for {slowest[surface][1]}")
        say(f"error bodies looked at: {sum(counts['error bodies'] for counts in total.values())}")
        # Of every place that warns, how often it did, and the first of its lines.
        places = Counter(line.split("]")[0].split()[-1] for line in self.program.warnings)
        for place, times in places.items():
            say(f"{times} warnings of {place}, such as {next(line for line in self.program.warnings if place in line)}")
        if not any(counts["requests"] for counts in total.values()):
            self.problems["nothing was asked"] += 1
        for problem, times in sorted(self.problems.items()):
            say(f"FOUND, {times} times: {problem}")
        if self.problems:
            say(f"the requests are in {self.found}")
        return not self.problems


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
