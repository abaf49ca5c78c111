"""Sends changed requests to one surface until its time is over: `worker.py <context file>`."""

import json
import random
import sys
import time

import mutations
from conversations import Conversations
from described import Described
from oauth import OAuth
from oracle import Oracle
from tally import Tally
from wire import Line, NoAnswer, Sent


def main():
    with open(sys.argv[1]) as file:
        context = json.load(file)
    Worker(context).run()


class Worker:
    def __init__(self, context):
        self.context = context
        self.surface = context["surface"]
        self.rng = random.Random(f"{context['seed']} {self.surface} {context['round']}")
        self.oracle, self.tally = Oracle(context), Tally(context, f"changed-{context['round']}")
        self.line = Line(context["host"], context["port"])
        self.known = {**context["ids"], "foreign": context["foreign_ids"]}
        self.changed_token = None
        self.released = 0.0
        if self.surface == "scim":
            self.conversations = Conversations(context["root"])
        elif self.surface == "api":
            self.described = Described(self.document())
        else:
            self.oauth = OAuth(context)

    def document(self):
        return json.loads(self.line.send(Sent("GET", "/api/v1/openapi.json")).text())

    def run(self):
        until = time.monotonic() + self.context["seconds"]
        while time.monotonic() < until:
            self.once()
        self.tally.write()

    def next(self):
        rng = self.rng
        if self.surface == "oauth":
            sent, self.changed_token = self.oauth.one(rng)
        else:
            sent = self.conversations.one(rng, self.known) if self.surface == "scim" else self.described.one(rng, self.known)
            if rng.random() < 0.97 and sent.header("authorization") is None:
                sent.headers.append(("Authorization", f"Bearer {self.token(sent)}"))
        # Otherwise too many wrong credentials would be all that is ever answered.
        sent.headers.append(("X-Forwarded-For", f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"))
        before = sent.path(), sent.headers[:]
        if self.surface != "oauth" or rng.random() < 0.3:
            mutations.mutate(rng, sent)
            # Of a credential that was taken away or put in nothing is known any more.
            if (sent.path(), sent.headers) != before or sent.mangled:
                self.changed_token = None
        return sent

    def token(self, sent):
        if self.surface == "scim":
            return self.context["scim"] if self.rng.random() < 0.97 else self.rng.choice(self.context["sessions"] + self.context["lesser"])
        if "/sessions/current" in sent.target:
            return self.rng.choice(self.context["sessions"])
        if self.rng.random() < 0.9:
            return self.context["api"]
        return self.rng.choice([*self.context["lesser"], *self.context["sessions"], self.context["scim"]])

    def once(self):
        sent, answer = self.next(), None
        begun = time.monotonic()
        try:
            answer = self.line.send(sent)
        except (OSError, NoAnswer, ValueError) as error:
            self.line.close()
            self.tally.unanswered += 1
            late = isinstance(error, TimeoutError)
            # What is no HTTP may be hung up on; a request may not.
            if late or not sent.mangled:
                self.tally.fault("no answer", f"{type(error).__name__}: {error}", sent, None)
            return
        faults, looked_at = self.oracle.judge(sent, answer)
        if self.changed_token is not None and answer.status < 300 and sent.method not in ("OPTIONS",):
            faults.append(("a changed token opened", f"{self.changed_token[:80]!r} is answered {answer.status}"))
        self.tally.count(sent, answer, looked_at, time.monotonic() - begun)
        for kind, sentence in faults:
            self.tally.fault(kind, sentence, sent, answer)
        self.learn(sent, answer)
        if answer.status == 429 and self.surface == "scim" and begun - self.released > 5:
            self.released = begun
            self.release()

    def release(self):
        """Lets the connection go on that the guard against a sync gone wrong has stopped, so that deletions are still tried."""
        headers = [("Authorization", f"Bearer {self.context['api']}"), ("Content-Type", "application/json")]
        found = self.line.send(Sent("GET", "/api/v1/quarantines", headers))
        for quarantine in json.loads(found.text()).get("quarantines", []) if found.status == 200 else []:
            body = json.dumps({"reason": "so that more is tried", "allow": 100}).encode()
            self.line.send(Sent("POST", f"/api/v1/quarantines/{quarantine['id']}/release", headers, body))

    def learn(self, sent, answer):
        """Ids of what was made, so that later requests meet it."""
        if self.surface == "oauth":
            self.oauth.learn(answer)
        elif answer.status == 201 and sent.method == "POST":
            for kind in ("users", "groups", "courses", "plans", "tokens"):
                if sent.path().lower().endswith(f"/{kind}") and '"id"' in answer.text():
                    found = json.loads(answer.text()).get("id")
                    self.known[kind] = [*self.known[kind][-60:], found]


if __name__ == "__main__":
    main()
