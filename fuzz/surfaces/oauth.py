"""Requests of OAuth: tokens asked for in every right and wrong way, and bearer tokens that are nearly right on every surface."""

import base64
import json
from urllib.parse import quote

import credentials
from wire import Sent

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METADATA = "/.well-known/oauth-authorization-server"
# Every one of these needs a credential; none may open to one that was changed.
BEHIND_A_TOKEN = [
    ("GET", "/scim/v2/Users?count=1"), ("GET", "/scim/v2/Groups?count=1"), ("GET", "/scim/v2/Me"), ("GET", "/scim/v2/Schemas"), ("POST", "/scim/v2/Users"), ("POST", "/scim/v2/Bulk"),
    ("GET", "/api/v1/accounts?count=1"), ("GET", "/api/v1/audit"), ("GET", "/api/v1/policy"), ("PATCH", "/api/v1/policy"), ("POST", "/api/v1/introspect"), ("GET", "/api/v1/sessions/current"),
    ("DELETE", "/api/v1/sessions/current"), ("GET", "/api/v1/reports/accounts"), ("GET", "/api/v1/seats"), ("GET", "/api/v1/connections"),
]


class OAuth:
    def __init__(self, context):
        self.context = context
        self.issuer = "http://localhost"
        self.key, self.stranger = [credentials.Key(**key) for key in context["keys"]] or (None, None)
        self.granted = []
        self.tokens = [context["scim"], context["api"], *context["sessions"]]

    def one(self, rng):
        """A request, and the token in it that must open nothing, if there is one."""
        if self.key is None or rng.random() < 0.35:
            return self.with_a_changed_token(rng)
        if rng.random() < 0.03:
            return Sent("GET", METADATA, [("Host", rng.choice(["localhost", "a:1", "[::1]", "evil.example"]))]), None
        return self.token_request(rng), None

    def with_a_changed_token(self, rng):
        token = rng.choice(self.tokens + self.granted[-5:])
        others = [claims(other) for other in self.tokens + self.granted[-5:]]
        value = credentials.bearer(rng, token, others)
        method, target = rng.choice(BEHIND_A_TOKEN)
        sent = Sent(method, target, [("Authorization", value)])
        if method in ("POST", "PATCH"):
            sent.headers.append(("Content-Type", "application/x-www-form-urlencoded" if "introspect" in target else "application/json"))
            sent.body = b"token=" + quote(credentials.garbled(rng, token)).encode() if "introspect" in target else b"{}"
        sent.mangled = any(ord(c) < 32 or ord(c) == 127 for c in value)
        said = value.replace(",", " ").split()
        return sent, (None if any(token in (part, part.strip()) for part in said for token in self.tokens + self.granted) else value)

    def token_request(self, rng):
        client, signer = self.context["clients"]
        fields, headers = [("grant_type", grant(rng))], [FORM]
        way = rng.randrange(8)
        if way == 0:
            fields += [("client_id", client["id"]), ("client_secret", rng.choice([client["secret"], credentials.garbled(rng, client["secret"])]))]
        elif way == 1:
            pair = rng.choice([
                f"{quote(client['id'])}:{quote(client['secret'])}", f"{client['id']}:{credentials.garbled(rng, client['secret'])}", f"{client['id']}", ":", f"\u0000:{client['secret']}",
                f"{signer['id']}:x", f"{client['id'].upper()}:{client['secret']}", f"%zz:{client['secret']}", "a" * 9000 + ":b",
            ])
            coded = base64.b64encode(pair.encode("utf-8", "surrogatepass")).decode()
            headers.append(("Authorization", rng.choice(["Basic ", "Basic ", "basic ", "Basic", "Bearer "]) + rng.choice([coded, coded, coded.rstrip("="), coded[:-3], "!!!", ""])))
            if rng.random() < 0.2:
                fields.append(("client_id", rng.choice([client["id"], signer["id"], ""])))
        elif way < 6:
            audience = rng.choice([f"{self.issuer}/oauth/token"] * 4 + [self.issuer, "https://elsewhere.example"])
            key = self.key if rng.random() < 0.9 else self.stranger
            assertion = credentials.assertion(rng, key, rng.choice([signer["id"]] * 9 + [client["id"]]), audience)
            fields += [("client_assertion_type", rng.choice([JWT_BEARER] * 9 + ["urn:ietf:params:oauth:client-assertion-type:saml2-bearer", ""])), ("client_assertion", assertion)]
            if rng.random() < 0.2:
                fields.append(("client_id", rng.choice([signer["id"], client["id"], "x"])))
        elif way == 6:
            fields += [(rng.choice(["client_id", "client_secret", "client_assertion", "username", "password", "code", "refresh_token"]), rng.choice(["x", "", "\u0000", "é", "a" * 5000])) for _ in range(rng.randrange(4))]
        else:
            foreign = rng.choice(self.context["foreign_clients"] or [client])
            fields += [("client_id", foreign["id"]), ("client_secret", client["secret"])]
        if rng.random() < 0.4:
            fields.append(("scope", rng.choice(["scim", "api", "scim api", "scim scim", "", " ", "openid", "é", '"', "a" * 3000, "scim\u0000", "SCIM"])))
        if rng.random() < 0.1:
            fields += [(rng.choice(["x", "resource", "grant_type", "scope"]), "1")] * rng.choice([1, 2, 60])
        return self.form(rng, fields, headers)

    def form(self, rng, fields, headers):
        shape = rng.random()
        body = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in fields).encode()
        if shape < 0.05:
            headers[0] = ("Content-Type", "application/json")
            body = json.dumps(dict(fields)).encode()
        elif shape < 0.1:
            body = body.replace(b"=", b"%3D", 1)
        elif shape < 0.15:
            body += rng.choice([b"&", b"&&=&=", b"&%", b"&%zz=%", b"&a=" + b"x" * 20000, b"\x00", b"&\xff=\xff", b"&grant_type=client_credentials"])
        target = "/oauth/token" if rng.random() < 0.97 else rng.choice(["/oauth/token?client_secret=x", "/oauth/token/", "/oauth/", "/oauth/authorize", "/oauth/token%00"])
        return Sent("POST", target, headers, body)

    def learn(self, answer):
        """Keeps a few of the tokens that were granted, to change them."""
        if answer.status == 200 and '"access_token"' in answer.text():
            self.granted = [*self.granted[-20:], json.loads(answer.text())["access_token"]]


def grant(rng):
    return rng.choice(["client_credentials"] * 18 + ["authorization_code", "password", "", "CLIENT_CREDENTIALS", "\u0000", "urn:ietf:params:oauth:grant-type:jwt-bearer"])


def claims(token):
    try:
        return json.loads(credentials.decode(token.split(".")[1]))
    except (ValueError, IndexError):
        return {}
