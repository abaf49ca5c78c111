"""Requests made up from an OpenAPI document: the operations, their parameters and bodies."""

import json
from urllib.parse import quote

from wire import Sent

TEXTS = ["x", "", "learner", "2026-11-22T10:00:00Z", "2026-12-31", "true", "deactivate", "administrator", "Europe/Berlin", "x" * 300, "é", "00000000-0000-0000-0000-000000000000"]
REPORTS = ["training", "accounts", "seats", "sign-ins", "x"]


KINDS = ("courses", "groups", "plans", "tokens")


def kind_of(path):
    """Of what kind the id in an address is."""
    return next((kind for kind in KINDS if f"/{kind}/" in path.lower()), "users")


class Described:
    def __init__(self, document):
        self.document = document
        self.operations = [
            (method.upper(), path, operation, item.get("parameters", []) + operation.get("parameters", []))
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        ]

    def one(self, rng, known):
        method, path, operation, parameters = rng.choice(self.operations)
        asked = []
        for parameter in parameters:
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], quote(self.named(rng, path, parameter, known), safe=":"))
            elif parameter["in"] == "query" and (parameter.get("required") or rng.random() < 0.4):
                value = self.made(rng, parameter.get("schema", {}), known, 0)
                asked.append(f"{parameter['name']}={quote(value if isinstance(value, str) else json.dumps(value))}")
        sent = Sent(method, path + ("?" + "&".join(asked) if asked else ""))
        content = operation.get("requestBody", {}).get("content", {})
        if content:
            kind, described = rng.choice(list(content.items()))
            sent.headers.append(("Content-Type", kind))
            sent.body = self.body(rng, kind, described, known)
        return sent

    def named(self, rng, path, parameter, known):
        name = parameter["name"]
        if name == "id":
            return rng.choice(known[kind_of(path)]) if rng.random() < 0.9 else rng.choice(known["foreign"] or ["x"])
        if name == "course":
            return rng.choice(known["courses"])
        if name == "name":
            return rng.choice(["identity-provider", "platform", "x"])
        if name == "report":
            return rng.choice(REPORTS)
        if name == "urn":
            return rng.choice(["urn:example:schemas:2.0:Own", "urn:ietf:params:scim:schemas:core:2.0:User", "urn:x:y"])
        value = self.made(rng, parameter.get("schema", {}), known, 0)
        return value if isinstance(value, str) and value else "x"

    def body(self, rng, kind, described, known):
        if rng.random() < 0.3 and "example" in described:
            value = described["example"]
        else:
            value = self.made(rng, described.get("schema", {}), known, 0)
        if "json" in kind:
            return json.dumps(value).encode("utf-8", "surrogatepass")
        if "form" in kind and isinstance(value, dict):
            return "&".join(f"{name}={quote(str(item))}" for name, item in value.items()).encode()
        return ("id,Active\n" + "\n".join(f"{rng.choice(known['users'])},{rng.choice(['yes', 'no', '', 'x'])}" for _ in range(rng.randrange(4)))).encode()

    def made(self, rng, schema, known, depth):
        """A value that a schema allows, mostly."""
        if "$ref" in schema:
            return self.made(rng, self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], known, depth + 1)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.made(rng, rng.choice(schema[word]), known, depth + 1)
        if "allOf" in schema:
            parts = [self.made(rng, part, known, depth + 1) for part in schema["allOf"]]
            return {name: item for part in parts if isinstance(part, dict) for name, item in part.items()}
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if "examples" in schema and rng.random() < 0.5:
            return rng.choice(schema["examples"])
        if "example" in schema and rng.random() < 0.5:
            return schema["example"]
        kind = schema.get("type")
        kind = rng.choice(kind) if isinstance(kind, list) else kind
        if depth > 8 or kind == "null":
            return None
        if kind == "object" or "properties" in schema:
            required = schema.get("required", [])
            made = {name: self.made(rng, part, known, depth + 1) for name, part in schema.get("properties", {}).items() if name in required or rng.random() < 0.5}
            more = schema.get("additionalProperties")
            if isinstance(more, dict) and rng.random() < 0.5:
                made[rng.choice(TEXTS)] = self.made(rng, more, known, depth + 1)
            return made
        if kind == "array":
            return [self.made(rng, schema.get("items", {}), known, depth + 1) for _ in range(rng.choice([0, 1, 1, 2, 5]))]
        if kind == "integer":
            return rng.choice([0, 1, 2, 100, -1, 2**31, 2**63 - 1, 2**63])
        if kind == "number":
            return rng.choice([0, 1.5, -1, 1e300])
        if kind == "boolean":
            return rng.random() < 0.5
        if schema.get("format") == "uuid" or rng.random() < 0.4:
            return rng.choice(known[rng.choice(["users", "users", "courses", "groups", "plans"])])
        return rng.choice(TEXTS)
