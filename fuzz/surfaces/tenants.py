"""Tenants with people, groups, sessions, courses, plans and connections, each with a word that no other tenant has."""

import json
import random

from wire import Line, Sent

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Tenant:
    """A tenant as it was made; `facts()` is what whoever sends requests for it needs."""

    def __init__(self, program, name, seed, key):
        self.program, self.name = program, name
        self.word = f"zq{random.Random(f'{seed} {name}').getrandbits(40):010x}"
        self.line = Line(program.host, program.port)
        self.secrets, self.ids, self.clients = [], {}, []
        program.command("tenant", "create", name)
        self.scim = self.token("identity-provider", "scim")
        self.api = self.token("platform", "api")
        # Where there are more scopes, a token of each that may do less.
        offered = program.command("token", "issue", "--help")
        self.lesser = [self.token("platform", scope) for scope in ("api.read", "scim.read") if scope in offered]
        self.fill()
        program.watched.update(self.secrets)
        if key:
            self.make_clients(key)

    def token(self, connection, scope):
        token = self.program.command("token", "issue", "--tenant", self.name, "--connection", connection, "--scope", scope)
        self.secrets.append(token)
        return token

    def asked(self, method, path, token, body=None, also=()):
        sent = Sent(method, path, [("Content-Type", "application/json"), ("X-Forwarded-For", "198.51.100.1")], b"" if body is None else json.dumps(body).encode())
        if token:
            sent.headers.append(("Authorization", f"Bearer {token}"))
        answer = self.line.send(sent)
        if answer.status >= 300 and answer.status not in also:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.text()}")
        return json.loads(answer.text()) if answer.body else None

    def fill(self):
        word, ids = self.word, self.ids
        # The guard against a sync gone wrong would soon stop every deletion.
        self.asked("PATCH", "/api/v1/policy", self.api, {"guard.count": 1_000_000, "guard.percent": 20}, also=(400,))
        ids["users"] = [
            self.asked("POST", "/scim/v2/Users", self.scim, {
                "schemas": [USER], "userName": f"{word}-{number}", "externalId": f"{word}-external-{number}", "displayName": f"{word} Person {number}",
                "name": {"givenName": f"{word} Given", "familyName": f"Family{number}"}, "active": number != 5,
                **({"emails": [{"value": f"{word}-{number}@example.com", "primary": True}]} if number % 2 else {}),
            })["id"]
            for number in range(12)
        ]
        ids["groups"] = []
        for number in range(3):
            members = [{"value": user} for user in ids["users"][number : number + 4]] + [{"value": group} for group in ids["groups"][:1]]
            ids["groups"].append(self.asked("POST", "/scim/v2/Groups", self.scim, {"schemas": [GROUP], "displayName": f"{word} Group {number}", "members": members})["id"])
        ids["courses"] = [self.asked("POST", "/api/v1/courses", self.api, {"name": f"{word} Course {number}"})["id"] for number in range(2)]
        for course in ids["courses"]:
            self.asked("POST", f"/api/v1/courses/{course}/enrolments", self.api, {"accounts": ids["users"][:4]})
        ids["plans"] = [self.asked("POST", "/api/v1/plans", self.api, {"command": {"command": "unlock"}, "accounts": ids["users"][:3]})["id"]]
        token = self.asked("POST", "/api/v1/tokens", self.api, {"connection": "platform", "scope": "scim"}, also=(400, 403, 404, 405))
        ids["tokens"] = [(token or {}).get("id") or ids["users"][0]]
        # One of the two who sign in administers.
        self.asked("POST", f"/api/v1/accounts/{ids['users'][0]}/commands", self.api, {"command": "setRole", "role": "administrator"})
        self.sessions = []
        for number in (0, 2):
            found = self.asked("POST", f"/api/v1/accounts/{ids['users'][number]}/temporary-password", self.api)
            password = f"{word} wanders through {number}"
            session = self.asked("POST", "/api/v1/sessions", None, {
                "tenant": self.name, "userName": f"{word}-{number}", "password": found["temporaryPassword"], "newPassword": password})
            self.sessions.append(session["token"])
            self.secrets += [found["temporaryPassword"], password, session["token"]]

    def make_clients(self, key):
        made = self.program.json("client", "create", "--tenant", self.name, "--connection", "identity-provider")
        signs = self.program.json("client", "create", "--tenant", self.name, "--connection", "identity-provider", "--no-secret")
        self.program.command("client", "key", "add", "--tenant", self.name, signs["clientId"], "-", stdin=json.dumps(key.jwk()))
        secret = made["secret"]["clientSecret"]
        self.secrets.append(secret)
        self.program.watched.add(secret)
        self.clients = [{"id": made["clientId"], "secret": secret}, {"id": signs["clientId"]}]

    def facts(self):
        return {
            "tenant": self.name, "word": self.word, "ids": self.ids, "scim": self.scim, "api": self.api, "sessions": self.sessions, "lesser": self.lesser,
            "clients": self.clients,
        }

