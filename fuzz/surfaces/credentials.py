"""Bearer tokens and assertions that are nearly right: another claim, another algorithm, another key, a bit turned."""

import base64
import hashlib
import hmac
import json
import random
import time


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return encode(json.dumps(value, separators=(",", ":")).encode())


def mutated(rng, token, others):
    """A token that must open nothing, or the one that was given, cut in a place that does not matter."""
    if token.count(".") != 2 or rng.random() < 0.15:
        return garbled(rng, token)
    head, body, signature = token.split(".")
    header, claims = json.loads(decode(head)), json.loads(decode(body))
    what = rng.randrange(9)
    if what == 0:
        header["alg"] = rng.choice(["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "", None, 1, ["HS256"], "hs256"])
        return f"{compact(header)}.{body}.{rng.choice([signature, '', 'AA'])}"
    if what == 1:
        header[rng.choice(["kid", "jku", "x5u", "jwk", "crit", "typ", "cty", "b64", "zip"])] = rng.choice(
            ["../../../dev/null", "https://evil.example/k.json", {"kty": "oct", "k": "AA"}, ["exp"], None, 7, "' OR 1=1--", "a" * 5000, "\u0000", False]
        )
        return f"{compact(header)}.{body}.{signature}"
    if what in (2, 3):
        name = rng.choice([*claims, "exp", "nbf", "iat", "scope", "tid", "sub", "aud", "iss"])
        other = rng.choice(others) if others else claims
        claims[name] = rng.choice(
            [other.get(name) if isinstance(other, dict) else None, None, "", 0, -1, 1e308, 2**63, "api", "scim", "console", ["rollcall"], {}, True, "a" * 3000, "\u0000"]
        )
        return f"{head}.{compact(claims)}.{signature}"
    if what == 4:
        # Signed with a key that somebody may have forgotten to change.
        key = rng.choice([b"", b"secret", b"rollcall", b"\x00" * 32, head.encode(), str(header.get("kid")).encode()])
        signed = f"{compact(header)}.{compact(claims)}"
        return f"{signed}.{encode(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"
    if what == 5:
        return ".".join(rng.sample([head, body, signature], 3))
    if what == 6:
        text = json.dumps(claims)[:-1] + rng.choice([',"jti":"x"}', ',"exp":1e400}', ',"tid":"\\ud800"}', "", "}}", ',"scope":"api"}'])
        return f"{head}.{encode(text.encode())}.{signature}"
    if what == 7:
        return f"{head}.{body}.{signature}" + rng.choice([".", "=", "==", " ", ".x", "%00", "\t"])
    return f"{encode(decode(head) + b' ')}.{body}.{signature}"


def garbled(rng, token):
    what = rng.randrange(6)
    if what == 0 and token:
        spot = rng.randrange(len(token))
        return token[:spot] + rng.choice("AZaz09-_.") + token[spot + 1 :]
    if what == 1:
        return token[: rng.randrange(len(token) + 1)]
    if what == 2:
        return rng.choice(["", " ", "null", "undefined", "Bearer", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30", "{}", "[]", "é", "\x7f", "%00"])
    if what == 3:
        return token + token
    if what == 4:
        return token.swapcase()
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789-_.") for _ in range(rng.choice([8, 64, 300, 9000])))


def bearer(rng, token, others):
    """The value of an Authorization header."""
    scheme = rng.choice(["Bearer"] * 12 + ["bearer", "BEARER", "Basic", "Token", "", "Bearer Bearer", "Digest", "DPoP"])
    gap = rng.choice([" "] * 10 + ["  ", "\t", "", ","])
    return f"{scheme}{gap}{mutated(rng, token, others)}"


class Key:
    """An RSA key that signs RS256, made of nothing but arithmetic."""

    def __init__(self, name, n, d):
        self.name, self.n, self.d, self.e = name, n, d, 65537

    @staticmethod
    def made(seed, name):
        rng = random.Random(f"{seed} {name}")
        p, q = prime(rng), prime(rng)
        return Key(name, p * q, pow(65537, -1, (p - 1) * (q - 1)))

    def facts(self):
        return {"name": self.name, "n": self.n, "d": self.d}

    def jwk(self):
        number = lambda value: encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
        return {"kty": "RSA", "kid": self.name, "alg": "RS256", "use": "sig", "n": number(self.n), "e": number(self.e)}

    def sign(self, header, claims):
        signed = f"{compact(header)}.{compact(claims)}"
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed.encode()).digest()
        size = (self.n.bit_length() + 7) // 8
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return f"{signed}.{encode(pow(int.from_bytes(padded, 'big'), self.d, self.n).to_bytes(size, 'big'))}"


SMALL = [number for number in range(3, 2000) if all(number % below for below in range(2, int(number**0.5) + 1))]


def prime(rng):
    while True:
        candidate = rng.getrandbits(1024) | (3 << 1022) | 1
        if (candidate - 1) % 65537 and all(candidate % small for small in SMALL):
            if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7)):
                return candidate


def assertion(rng, key, client, audience, now=None):
    """An assertion by which a client proves itself: right, or wrong in one way."""
    now = int(now or time.time())
    header = {"alg": "RS256", "kid": key.name, "typ": "JWT"}
    claims = {"iss": client, "sub": client, "aud": audience, "exp": now + 240, "iat": now, "jti": f"{rng.getrandbits(96):x}"}
    if rng.random() < 0.1:
        return key.sign(header, claims)
    if rng.random() < 0.5:
        name = rng.choice([*claims, "nbf"])
        claims[name] = rng.choice(["", None, 0, -1, now - 3600, now + 10**6, 2**63, 1e300, "x", client, [audience], [], {}, True, "a" * 5000, "\u0000", audience + "/"])
    else:
        name = rng.choice([*header, "crit", "jku", "jwk", "x5c", "b64"])
        header[name] = rng.choice(["none", "HS256", "RS512", "PS256", "ES256", "", None, 7, [], "../../k", "https://evil.example", {"kty": "oct", "k": "AA"}, "a" * 3000])
    token = key.sign(header, claims)
    return garbled(rng, token) if rng.random() < 0.2 else token
