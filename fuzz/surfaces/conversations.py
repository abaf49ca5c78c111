"""Requests of SCIM to begin from: what providers were recorded to send, and the seeds of the fuzz targets."""

import glob
import json
import os
import re
from urllib.parse import quote

from wire import Sent

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
DISCOVERY = ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Me", "/ResourceTypes/User", f"/Schemas/{quote('urn:ietf:params:scim:schemas:core:2.0:User')}", "", "/", "/v3"]


class Conversations:
    def __init__(self, root):
        self.recorded = []
        for path in sorted(glob.glob(os.path.join(root, "tests/providers/**/*.json"), recursive=True)):
            with open(path) as file:
                whole = json.load(file)
            if isinstance(whole, dict):
                for exchange in whole.get("exchanges", []):
                    self.recorded.append(({**whole.get("headers", {}), **exchange["request"].get("headers", {})}, exchange["request"]))
        self.seeds = {}
        for path in sorted(glob.glob(os.path.join(root, "fuzz/seeds/*.jsonl"))):
            with open(path) as file:
                lines = [json.loads(line) for line in file]
            self.seeds[os.path.basename(path)[:-6]] = [line for line in lines if isinstance(line, str)]

    def one(self, rng, known):
        """A request, with the ids in it of things that there are."""
        if rng.random() < 0.55:
            sent = self.replayed(rng, known)
        else:
            sent = self.seeded(rng, known)
        if sent.header("content-type") is None and sent.body:
            sent.headers.append(("Content-Type", "application/scim+json"))
        return sent

    def replayed(self, rng, known):
        headers, request = rng.choice(self.recorded)
        if "rawBody" in request:
            body = request["rawBody"]
        else:
            body = json.dumps(request["body"], ensure_ascii=False) if "body" in request else ""
        base = rng.choice(["/scim/v2"] * 9 + ["/scim"])
        target = filled(rng, base + request["path"], known)
        names = [(name, filled(rng, value, known)) for name, value in headers.items() if isinstance(value, str) and name.lower() not in ("authorization", "content-length", "host")]
        return Sent(request["method"], target, names, filled(rng, body, known).encode("utf-8", "surrogatepass"))

    def seeded(self, rng, known):
        kind = rng.choice(["filter", "filter", "patch", "patch", "path", "bulk", "cursor", "search", "discovery"])
        there = rng.choice(["users", "groups"])
        address = f"/scim/v2/{there.capitalize()}"
        if kind == "discovery":
            return Sent("GET", f"/scim/v2{rng.choice(DISCOVERY)}")
        if kind == "search":
            text = filled(rng, rng.choice(self.seeds["filter"]), known)
            body = {"schemas": [SEARCH], "filter": text, "count": rng.choice([0, 1, 10, 2000]), "sortBy": rng.choice(["userName", "id", "meta.created", "x"]), "attributes": rng.choice([["userName"], ["members"], "id", []])}
            return Sent("POST", rng.choice([address, "/scim/v2"]) + "/.search", [], json.dumps(body).encode())
        text = filled(rng, rng.choice(self.seeds[kind]), known)
        if kind == "bulk":
            return Sent("POST", "/scim/v2/Bulk", [], text.encode("utf-8", "surrogatepass"))
        if kind == "patch":
            return Sent("PATCH", f"{address}/{rng.choice(known[there])}", [], text.encode("utf-8", "surrogatepass"))
        if kind == "path":
            operation = {"op": rng.choice(["add", "replace", "remove"]), "path": text, "value": rng.choice(["x", True, None, [{"value": known["users"][0]}], {"value": "x"}, 1])}
            return Sent("PATCH", f"{address}/{rng.choice(known[there])}", [], json.dumps({"schemas": [PATCH], "Operations": [operation]}).encode())
        name = "filter" if kind == "filter" else "cursor"
        return Sent("GET", f"{address}?{name}={quote(text.encode('utf-8', 'surrogatepass'))}&count={rng.choice([0, 1, 5, 100])}")


def filled(rng, text, known):
    """The text with something in every place that a conversation leaves open."""
    def put(found):
        name = found.group(1)
        if name == "random":
            return f"{rng.getrandbits(32):x}"
        if name == "n":
            return str(rng.randrange(100))
        if name == "base":
            return "http://localhost/scim/v2"
        kind = "groups" if "group" in name.lower() or name == "g" else "users"
        return rng.choice(known[kind])
    return re.sub(r"\{\{(\w+)\}\}", put, text)
