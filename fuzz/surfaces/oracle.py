"""What must hold for every answer, whoever asked: no fault, the envelope of the surface, and nothing that tells of the inside."""

import base64
import hashlib
import json
import re
from urllib.parse import unquote, unquote_plus

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM_TYPES = {
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue",
    "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
}
# RFC 6749 §5.2, and the two of §4.1.2.1 that a server needs for what passes.
OAUTH_ERRORS = {
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope", "temporarily_unavailable", "server_error",
}

# What an error never says. Of what the request itself said, only an echo is left over.
INSIDE = re.compile(
    r"SELECT |INSERT INTO |DELETE FROM |\bUPDATE \w+ SET |syntax error at|relation \"|column \"|\bpg_\w+|SQLSTATE"
    r"|duplicate key|violates (?:unique|foreign|check|not-null|row)|row-level security|invalid input syntax|invalid byte sequence"
    r"|current transaction|prepared statement|\$\d+::|\b(?:detail|error|fatal|hint): "
    r"|/src/|\.rs:|/rustc/|\.cargo|/root/|/home/|/tmp/|/var/lib|/proc/|/etc/"
    r"|panicked|stack backtrace|RUST_BACKTRACE|thread '|called `|unwrap|Err\(|Some\(|None\b value|core::|alloc::|std::"
    r"|\b(?:diesel|actix|tokio|hyper|serde|rustls|jsonwebtoken|r2d2|libpq|postgres(?:ql)?|argon2)(?:\b|_)",
    re.IGNORECASE,
)
# What nobody may be told, whatever they sent.
SECRET = re.compile(r"\$argon2\w*\$v=\d|\beyJ[A-Za-z0-9_-]{12,}|-----BEGIN|\brcs_[A-Za-z0-9_-]{12,}")


# Whole, since a user may well be called $argon2.
HASH = re.compile(r"\$argon2\w*\$v=\d+\$m=\d+")


class Oracle:
    """Judges answers to the requests of one tenant."""

    def __init__(self, context):
        self.surface = context["surface"]
        self.strangers = context["foreign_words"]
        self.foreign_ids = context["foreign_ids"]
        self.directory = context["directory"]
        self.secrets = [self.directory]
        for secret in context["secrets"]:
            digest = hashlib.sha256(secret.encode()).digest()
            coded = base64.b64encode(digest).decode().rstrip("=")
            self.secrets += [secret, digest.hex(), coded, coded.replace("+", "-").replace("/", "_")]

    def judge(self, sent, answer):
        """The faults of an answer, each as a kind and a sentence; and how many bodies of errors were looked at."""
        faults = []
        status, text = answer.status, answer.text()
        looked_at = 0
        if status >= 500 and not (status == 501 and unquote(sent.path()).rstrip("/").endswith("/Me")):
            faults.append((f"status {status}", f"{sent.method} {sent.path()[:80]} is answered {status}"))
        for word in self.strangers:
            if word in text:
                faults.append(("another tenant", f"the answer has {word!r}, which is another tenant's"))
        if HASH.search(text) or self.directory in text:
            faults.append(("secret", "the answer has the hash of a password, or the directory of the data"))
        if status < 400:
            faults += self.of_a_bulk(sent, answer, text)
            return faults, getattr(answer, "inner_errors", 0)
        looked_at = 1
        if sent.method != "HEAD":
            faults += self.envelope(sent, answer, text)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
        # Also as whoever reads the JSON sees it.
        faults += self.leaks(sent, f"{headers}\n{text}" + (text.replace('\\"', '"').replace("\\\\", "\\") if "\\" in text else ""))
        if status == 401 and answer.header("www-authenticate") is None and not sent.mangled:
            faults.append(("no challenge", "a 401 without WWW-Authenticate (RFC 9110 §15.5.2)"))
        if status in (429, 503) and answer.header("retry-after") is None:
            faults.append(("no Retry-After", f"a {status} without Retry-After"))
        return faults, looked_at

    def leaks(self, sent, said):
        faults = []
        asked = None
        for found in INSIDE.finditer(said):
            asked = asked if asked is not None else sent.everything()
            if found.group(0).lower() not in asked:
                faults.append(("inside", f"an error says {found.group(0)!r}: {around(said, found.start())}"))
                break
        for found in SECRET.finditer(said):
            asked = asked if asked is not None else sent.everything()
            # A text in a body or an address may look like a token and be echoed; a credential may not.
            if found.group(0).lower() not in asked or found.group(0) in sent.credentials():
                faults.append(("secret", f"an error shows a credential: {around(said, found.start())}"))
                break
        for secret in self.secrets:
            if secret in said:
                faults.append(("secret", f"an error shows {secret[:12]!r}…"))
        for secret in sent.shown_secrets():
            # Words are made up as credentials, too, and stand in every answer.
            if len(secret) >= 12 and not re.fullmatch(r"[A-Za-z_ ./-]+", secret) and secret in said:
                faults.append(("echo", f"an error echoes the credential {secret[:12]!r}…"))
        for foreign in self.foreign_ids:
            if foreign in said:
                asked = asked if asked is not None else sent.everything()
                if foreign not in asked:
                    faults.append(("another tenant", f"an error has the id {foreign} of another tenant"))
        return faults

    def envelope(self, sent, answer, text):
        if not text and answer.status in (400, 408, 413, 414, 431, 501, 505) and answer.header("x-request-id") is None:
            # It was no HTTP request (docs/SCIM.md, limits).
            return [] if sent.mangled else [("envelope", f"{answer.status} without a body and an id")]
        if answer.header("x-request-id") is None:
            return [("envelope", f"{answer.status} without X-Request-Id")]
        kind = (answer.header("content-type") or "").split(";")[0]
        try:
            body = json.loads(text)
        except ValueError:
            return [("envelope", f"{answer.status} is no JSON: {text[:80]!r}")]
        path = re.sub("/+", "/", sent.path()).rstrip("/")
        if path == "/scim" or path.startswith("/scim/"):
            allowed = ["scim"]
        elif path == "/oauth/token":
            allowed = ["oauth", "problem"]
        else:
            allowed = ["problem"]
        # Which surface was meant is then for the server to say.
        if sent.mangled or "%" in path[:14] or "/." in path[:14]:
            allowed = ["scim", "oauth", "problem"]
        reasons = []
        for name in allowed:
            wrong = ENVELOPES[name](answer.status, kind, body)
            if wrong is None:
                return []
            reasons.append(wrong)
        return [("envelope", f"{answer.status}: {'; '.join(reasons)}: {text[:200]}")]

    def of_a_bulk(self, sent, answer, text):
        """The operations of a bulk carry errors of their own."""
        if "BulkResponse" not in text:
            return []
        try:
            operations = json.loads(text).get("Operations", [])
        except ValueError:
            return [("envelope", "a bulk is answered with what is no JSON")]
        faults, errors = [], 0
        for operation in operations:
            status = int(operation.get("status", 0))
            if status < 400:
                continue
            errors += 1
            if status >= 500:
                faults.append((f"status {status} in a bulk", json.dumps(operation)[:300]))
            wrong = scim(status, "application/scim+json", operation.get("response"))
            if wrong:
                faults.append(("envelope", f"in a bulk: {wrong}"))
            faults += self.leaks(sent, json.dumps(operation.get("response"), ensure_ascii=False))
        answer.inner_errors = errors
        return faults


def around(text, at):
    return repr(text[max(0, at - 60) : at + 100])


def scim(status, kind, body):
    if kind != "application/scim+json":
        return f"the type is {kind!r}"
    if not isinstance(body, dict) or body.get("schemas") != [SCIM_ERROR]:
        return "no SCIM error"
    if body.get("status") != str(status):
        return "another status in the body"
    if not isinstance(body.get("detail"), str) or not body["detail"]:
        return "no detail"
    if "scimType" in body and body["scimType"] not in SCIM_TYPES:
        return f"scimType {body['scimType']!r}"
    return None


def problem(status, kind, body):
    if kind != "application/problem+json":
        return f"the type is {kind!r}"
    if not isinstance(body, dict) or body.get("status") != status:
        return "no problem, or another status in it"
    for member in ("type", "title", "detail"):
        if not isinstance(body.get(member), str) or not body[member]:
            return f"no {member}"
    return None


def oauth(status, kind, body):
    if kind != "application/json":
        return f"the type is {kind!r}"
    if not isinstance(body, dict) or body.get("error") not in OAUTH_ERRORS:
        return "no error of RFC 6749"
    described = body.get("error_description", "")
    if not re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", described):
        return "characters in error_description that RFC 6749 §5.2 does not allow"
    return None


ENVELOPES = {"scim": scim, "problem": problem, "oauth": oauth}


def readings(raw):
    """A request's text in every way in which a server may have read it."""
    text = raw.decode("utf-8", "replace")
    yield text
    yield unquote_plus(text)
    yield text.encode().decode("unicode_escape", "replace") if "\\" in text else ""
