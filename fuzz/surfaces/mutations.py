"""What is done to a good request: to its JSON, its bytes, its address, its headers and its method."""

import json
import random
from urllib.parse import quote

DIGITS = "9" * 400
# As they stand in JSON, since some of them no library would write.
NASTY = [
    "null", "true", "0", "-0", "-1", "1e309", "1E-999", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
    "0.1e1", DIGITS, "2147483648", '""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\ud83d\\ude00"', '"\\u202e"',
    '"\\ufeff"', '"\\u200b"', '"ﬃ"', '"İ"', '"ß"', '"\\u0130\\u0307"', '"%00"', '"%s%n"', "\"'; DROP TABLE accounts;--\"", '"\\\\"', '"\\""',
    '"../../../etc/shadow"', '"{{7*7}}"', '"${jndi:ldap://x}"', '"<script>"', '"__proto__"', '"constructor"', '"true"', '"False"', '"null"',
    '"1"', '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:60Z"', '"-0001-01-01"', '"+262143-12-31T23:59:59Z"', '"2026-11-22T10:00:00+99:99"',
    '"00000000-0000-0000-0000-000000000000"', '"urn:ietf:params:scim:schemas:core:2.0:User"', "[]", "{}", "[[]]", "[null]", '[{}]', '{"":""}',
    '{"value":null}', '[{"value":{}}]', '{"$ref":"#"}', '"' + "a" * 300 + '"', '"' + "é" * 1100 + '"', '"' + "x" * 70000 + '"',
]
TEXTS = [
    "", " ", "%00", "'", '"', "\\", "é", "\u202e", "%ff%fe", "%", "%zz", "..", "../..", "%2e%2e%2f", ";", "null", "undefined", "-1", "0", "1e9",
    "99999999999999999999", "true", "*", "%0d%0aX-Injected:%201", "a" * 300, "%F0%9F%98%80", "%ED%A0%80", "'%20OR%20'1'='1", "%2527", "__proto__",
]
FILTERS = [
    'userName eq "x"', "active eq false", 'emails[type eq "work" and value co "@"]', "not (active eq true)", 'meta.lastModified gt "2026-01-01T00:00:00Z"',
    'userName sw ""', 'id eq "x"', 'groups.value eq "x"', "userName pr and (", "((((((((((((((active pr))))))))))))))", 'a eq "' + "b" * 5000 + '"',
    " or ".join(['userName eq "a"'] * 40), 'userName co "\\u0000"', "userName eq 1e999", 'name.familyName ew "%_\\\\"', 'schemas eq "x"', "password pr",
    'urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:status eq "expired"', "displayName gt null", 'members.value eq "\\ud800"',
    'externalId eq true', 'meta.created le "9999-99-99"', 'userName eq "\\"" or id pr', "active eq \"true\" and active ne false",
]
METHODS = ["FOO", "TRACE", "OPTIONS", "HEAD", "PROPFIND", "get", "DELETE", "PUT", "PATCH", "POST", "GET", "CONNECT", "M-SEARCH", "A" * 40, "QUERY"]
TYPES = [
    "text/html", "application/xml", "application/json", "application/scim+json; charset=utf-16", "multipart/form-data; boundary=x", "", ";", "a" * 2000,
    "application/x-www-form-urlencoded", "text/csv", "application/json\x01", "application/scim+json, application/json", "APPLICATION/JSON", "*/*", "text/json",
]
ODD_HEADERS = [
    ("If-Match", "*"), ("If-Match", 'W/"x"'), ("If-Match", '"' + "a" * 9000 + '"'), ("If-None-Match", "*"), ("If-Match", "é"), ("If-None-Match", 'W/"1", "2"'),
    ("X-HTTP-Method-Override", "DELETE"), ("X-HTTP-Method-Override", "FOO"), ("Accept", "text/html"), ("Accept", ""), ("Accept", "a" * 5000), ("Accept-Encoding", "gzip, br;q=0"),
    ("Prefer", "return=minimal"), ("Prefer", "respond-async, wait=1"), ("X-Forwarded-For", "1.2.3.4, é, ::1"), ("X-Forwarded-For", "999.1.1.1"), ("Forwarded", "for=_x"),
    ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "evil.example"), ("X-Request-Id", "x"), ("X-Request-Id", "a" * 5000), ("Range", "bytes=0-1,5-"),
    ("Origin", "https://evil.example"), ("Cookie", "a=b; " * 200), ("Content-Language", "x"), ("Content-Encoding", "gzip"), ("Content-Encoding", "identity"),
    ("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"), ("Host", "evil.example"), ("Host", ""), ("Host", "é"), ("Date", "x"), ("TE", "trailers"), ("Max-Forwards", "0"),
    ("If-Modified-Since", "Thu, 99 Foo 2026"), ("If-Unmodified-Since", "0"), ("User-Agent", "é\x80"), ("X-" + "a" * 200, "b"), ("Authorization", "Bearer"),
    ("Access-Control-Request-Method", "DELETE"), ("Accept-Charset", "utf-16"), ("Expect", "nothing"),
]
RAW_HEADERS = [
    b"X-Split: a\r\nX-Injected: b", b"X-Nul: a\x00b", b" folded", b"Broken", b": no name", b"Na me: x", b"Content-Length: -1", b"Content-Length: 5\r\nContent-Length: 7",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 3", b"Transfer-Encoding: xchunked", b"Content-Length: 99999999999999999999", b"Content-Length: +3",
    b"Transfer-Encoding: chunked, identity", b"X-Bare: a\rb", b"X-Lf: a\nX-Other: b", b"Host: a\r\nHost: b", b"X-Obs: a\r\n b", b"X-Big: " + b"a" * 40000, b"Expect: 100-continue",
]


def deep(rng):
    depth = rng.choice([30, 31, 32, 33, 64, 129, 1000, 20000])
    opening, closing = rng.choice([("[", "]"), ('{"a":', "}"), ('{"name":[', "]}")])
    return opening * depth + "1" + closing * depth


class Raw(str):
    """A text that already is JSON."""


def dump(value):
    """JSON, with the texts that are JSON already as they are, and keys that stand twice as lists of pairs."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump_key(key)}:{dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{dump_key(key)}:{dump(item)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def dump_key(key):
    return str(key) if isinstance(key, Raw) else json.dumps(key, ensure_ascii=False)


class Pairs(list):
    """An object with keys that may stand twice."""


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def json_body(rng, body):
    """A JSON body with one to three things changed; what is no JSON stays."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if len(body) > 100_000:
        return body
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        path = rng.choice(list(places(value))[:400])
        if any(isinstance(at(value, path[:depth]), (Pairs, Raw)) for depth in range(len(path))):
            continue
        value = changed(rng, value, path)
    return dump(value).encode("utf-8", "surrogatepass")


def changed(rng, value, path):
    node = at(value, path)
    what = rng.randrange(8)
    if what in (0, 1):
        new = Raw(rng.choice(NASTY))
    elif what == 2:
        new = Raw(deep(rng))
    elif what == 3 and isinstance(node, dict) and node:
        key = rng.choice(list(node))
        twin = rng.choice([key, key, key.upper(), f"urn:ietf:params:scim:schemas:core:2.0:User:{key}"])
        new = Pairs([*node.items(), (twin, Raw(rng.choice(NASTY)))])
    elif what == 4 and isinstance(node, list) and node:
        new = node * rng.choice([2, 40, 1100 // len(node) + 1])
    elif what == 5 and isinstance(node, dict) and node:
        new = dict(node)
        new.pop(rng.choice(list(new)))
    elif what == 6 and isinstance(node, dict):
        name = rng.choice(["__proto__", "constructor", "id", "meta", "schemas", "active", "tenant", "tenant_id", "password", "x" * 300, "é", "a.b", "a[b eq 1]", "$ref", ""])
        new = {**node, name: Raw(rng.choice(NASTY))}
    elif isinstance(node, str):
        new = rng.choice([node.upper(), node + " ", node[::-1], node * 50, node[: len(node) // 2], node + "\u0000", [node], {"value": node}])
    elif isinstance(node, bool):
        new = rng.choice([str(node), int(node), [node], not node])
    else:
        new = Raw(rng.choice(NASTY))
    if not path:
        return new
    holder = at(value, path[:-1])
    holder[path[-1]] = new
    return value


def body_bytes(rng, body):
    """Bytes of a body changed, cut, put in, or said in another encoding."""
    if not body:
        return rng.choice([b"{", b"\x00", b"[]", b"null", b"\xff\xfe", b'""', b"1"])
    data = bytearray(body)
    what = rng.randrange(7)
    if what == 0:
        for _ in range(rng.choice([1, 2, 8])):
            spot = rng.randrange(len(data))
            data[spot] ^= 1 << rng.randrange(8)
    elif what == 1:
        del data[rng.randrange(len(data)) :]
    elif what == 2:
        spot = rng.randrange(len(data) + 1)
        data[spot:spot] = rng.choice([b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"}", b'"', b",", bytes(rng.randrange(256) for _ in range(20))])
    elif what == 3:
        return b"\xef\xbb\xbf" + body
    elif what == 4:
        return body.decode("utf-8", "replace").encode(rng.choice(["utf-16", "utf-32", "utf-16-le"]), "replace")
    elif what == 5:
        return body + rng.choice([b" ", b"\n\n", b"x", b"{}", body])
    else:
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.randrange(1, 40))
        data[start:end] = data[start:end] * rng.choice([0, 2, 100])
    return bytes(data)


def address(rng, target):
    path, _, query = target.partition("?")
    parts = path.split("/")
    what = rng.randrange(6)
    spot = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
    if what == 0:
        parts[spot] = rng.choice(TEXTS)
    elif what == 1:
        parts[spot] += rng.choice(TEXTS)
    elif what == 2:
        parts.insert(spot, rng.choice(["", ".", "..", "%2e%2e", "%2f", "x"]))
    elif what == 3:
        parts[spot] = "".join(f"%{ord(c):02x}" if rng.random() < 0.3 and ord(c) < 128 else c for c in parts[spot])
    elif what == 4:
        parts[spot] = rng.choice([parts[spot].upper(), parts[spot].lower(), parts[spot][:-1]])
    else:
        parts.append(rng.choice(TEXTS))
    return "/".join(parts) + (f"?{query}" if query else "")


def query(rng, target):
    name = rng.choice(["filter", "filter", "sortBy", "sortOrder", "attributes", "excludedAttributes", "count", "startIndex", "cursor", "limit", "before", "after", "asOf", "scope", "format", "dropData", "x"])
    value = quote(rng.choice(FILTERS)) if name == "filter" and rng.random() < 0.7 else rng.choice(TEXTS)
    if name in ("sortBy", "attributes", "excludedAttributes") and rng.random() < 0.6:
        value = rng.choice(["userName", "emails", "members", "groups", "meta.created", "name.familyName", "password", "id,schemas", "urn:ietf:params:scim:schemas:core:2.0:User:active", "members.value", "x.y"])
    return target + ("&" if "?" in target else "?") + f"{name}={value}"


def header(rng, sent):
    name, value = rng.choice(ODD_HEADERS) if rng.random() < 0.6 else ("Content-Type", rng.choice(TYPES))
    if rng.random() < 0.8:
        sent.headers = [(key, old) for key, old in sent.headers if key.lower() != name.lower()]
    sent.headers.append((name, value))
    # The framework reads these before anybody of ours.
    sent.mangled |= name in ("Host", "Expect", "Upgrade", "Connection") or "\x01" in value


def is_plain(target):
    """Whether an address is one by RFC 3986, as far as a server's reader of requests cares."""
    return target.startswith("/") and all(33 <= ord(c) < 127 and c not in '"<>\\^`{|}' for c in target)


def mutate(rng, sent):
    """Does up to four things to a request, or none."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3, 4])):
        what = rng.random()
        if what < 0.40:
            sent.body = json_body(rng, sent.body)
        elif what < 0.52:
            sent.body = body_bytes(rng, sent.body)
        elif what < 0.64:
            sent.target = address(rng, sent.target)
        elif what < 0.76:
            sent.target = query(rng, sent.target)
        elif what < 0.90:
            header(rng, sent)
        elif what < 0.96:
            sent.method = rng.choice(METHODS)
        else:
            mangle(rng, sent)
    sent.mangled |= not is_plain(sent.target) or sent.method == "CONNECT" or len(sent.target) > 60000
    return sent


def mangle(rng, sent):
    """Breaks the request as HTTP."""
    sent.mangled = True
    raw = bytearray(Copy(sent))
    what = rng.randrange(5)
    end = raw.find(b"\r\n") + 2
    if what == 0:
        raw[end:end] = rng.choice(RAW_HEADERS) + b"\r\n"
    elif what == 1:
        raw[rng.randrange(end)] ^= 1 << rng.randrange(8)
    elif what == 2:
        del raw[rng.randrange(len(raw)) :]
    elif what == 3:
        raw = raw.replace(b"HTTP/1.1", rng.choice([b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/9.9", b"", b"http/1.1"]), 1)
    else:
        raw[0:0] = rng.choice([b"\r\n", b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b" ", b"\x00"])
    sent.raw = bytes(raw)


def Copy(sent):
    sent.raw = None
    return sent.bytes()
