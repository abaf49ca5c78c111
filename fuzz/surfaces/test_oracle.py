"""What the oracle must not overlook, and what it must let pass: `python3 -m unittest`, at the beginning of every run."""

import json
import random
import unittest

import credentials
import mutations
from oracle import Oracle
from wire import Answer, Sent

CONTEXT = {
    "surface": "scim", "foreign_words": ["zqneighbour"], "foreign_ids": ["01a202ef-0000-7000-8000-000000000001"],
    "directory": "/srv/rollcall-fuzz-1", "secrets": ["a-secret-of-the-tenant-0123456789"],
}
SCIM = [("content-type", "application/scim+json"), ("x-request-id", "1")]
PROBLEM = [("content-type", "application/problem+json"), ("x-request-id", "1")]
JSON = [("content-type", "application/json"), ("x-request-id", "1")]


def scim(status, detail):
    return Answer(status, SCIM, json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}).encode())


class OfTheOracle(unittest.TestCase):
    def kinds(self, answer, sent=None):
        sent = sent or Sent("GET", "/scim/v2/Users/x")
        return [kind for kind, _ in Oracle(CONTEXT).judge(sent, answer)[0]]

    def test_a_good_refusal_passes(self):
        self.assertEqual(self.kinds(scim(404, "there is no user \"x\"")), [])
        self.assertEqual(self.kinds(scim(501, "no"), Sent("GET", "/scim/v2/Me")), [])
        self.assertEqual(self.kinds(scim(501, "no"), Sent("GET", "/scim/v2/%4de")), [])
        self.assertEqual(self.kinds(Answer(400, [], b""), Sent("GET", '/scim/"', mangled=True)), [])

    def test_faults_are_seen(self):
        for status in (500, 501, 502, 503):
            self.assertIn(f"status {status}", self.kinds(scim(status, "a fault")))
        self.assertEqual(self.kinds(Answer(400, [], b"")), ["envelope"])

    def test_what_tells_of_the_inside_is_seen(self):
        for said in (
            "SELECT 1", "relation \"accounts\" does not exist", "syntax error at or near", "pg_catalog", "src/store/db.rs:10", "/root/x/src/main", "thread 'main' panicked",
            "duplicate key value violates unique constraint", "stack backtrace:", "actix_web", "called `Option::unwrap()`", "invalid input syntax for type uuid", "serde_json",
        ):
            self.assertEqual(self.kinds(scim(400, said)), ["inside"], said)

    def test_an_echo_is_none_of_the_inside(self):
        echo = Sent("GET", "/scim/v2/Users?filter=SELECT%201")
        self.assertEqual(self.kinds(scim(400, "unexpected \"SELECT 1\""), echo), [])
        turned = Sent("GET", "/scim/v2/Users?filter=RELECT%201", mangled=True)
        turned.raw = b"GET /scim/v2/Users?filter=SELECT%201 HTTP/1.1\r\n\r\n"
        self.assertEqual(self.kinds(scim(400, "unexpected \"SELECT 1\""), turned), [])
        self.assertEqual(self.kinds(Answer(200, JSON, b'{"userName":"$argon2"}')), [])
        form = Sent("POST", "/oauth/token", [], b"%24argon2=&%24argon2=1")
        twice = b'{"error":"invalid_request","error_description":"$argon2 is there twice; send it once"}'
        self.assertEqual(self.kinds(Answer(400, JSON, twice), form), [])
        body = Sent("POST", "/scim/v2/Users", [], b'{"userName":"\\u0053ELECT x"}')
        self.assertEqual(self.kinds(scim(400, "not \"SELECT x\""), body), [])

    def test_secrets_are_seen_also_as_digests_and_as_echoes(self):
        secret = CONTEXT["secrets"][0]
        self.assertIn("secret", self.kinds(scim(400, secret)))
        self.assertIn("secret", self.kinds(scim(400, Oracle(CONTEXT).secrets[2])))
        self.assertIn("secret", self.kinds(scim(400, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA")))
        self.assertIn("secret", self.kinds(scim(400, CONTEXT["directory"])))
        self.assertIn("secret", self.kinds(Answer(200, JSON, b'"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA"')))
        shown = Sent("GET", "/scim/v2/Users", [("Authorization", "Bearer not-a-token-1234567")])
        self.assertIn("echo", self.kinds(scim(401, "not-a-token-1234567 is unknown"), shown))
        asked = Sent("POST", "/oauth/token", [], b"client_secret=a%2Bsecret-12345678")
        answer = Answer(400, JSON, b'{"error":"invalid_request","error_description":"a+secret-12345678"}')
        self.assertIn("echo", self.kinds(answer, asked))

    def test_another_tenant_is_seen(self):
        self.assertIn("another tenant", self.kinds(Answer(200, SCIM, b'{"userName":"zqneighbour-1"}')))
        foreign = CONTEXT["foreign_ids"][0]
        self.assertIn("another tenant", self.kinds(scim(409, f"{foreign} has it")))
        self.assertEqual(self.kinds(scim(404, f"there is no user {foreign}"), Sent("GET", f"/scim/v2/Users/{foreign}")), [])

    def test_every_surface_has_its_envelope(self):
        problem = Answer(404, PROBLEM, b'{"type":"about:blank","title":"Not Found","status":404,"detail":"no"}')
        self.assertEqual(self.kinds(problem, Sent("GET", "/api/v1/x")), [])
        self.assertEqual(self.kinds(problem), ["envelope"])
        self.assertEqual(self.kinds(scim(404, "no"), Sent("GET", "/api/v1/x")), ["envelope"])
        refused = Answer(400, JSON, b'{"error":"invalid_request","error_description":"no"}')
        self.assertEqual(self.kinds(refused, Sent("POST", "/oauth/token")), [])
        unprintable = Answer(400, JSON, b'{"error":"invalid_request","error_description":"\\u00e9"}')
        self.assertEqual(self.kinds(unprintable, Sent("POST", "/oauth/token")), ["envelope"])
        wrong = Answer(400, SCIM, scim(409, "no").body)
        self.assertEqual(self.kinds(wrong), ["envelope"])
        self.assertEqual(self.kinds(scim(429, "wait")), ["no Retry-After"])
        self.assertEqual(self.kinds(scim(401, "no")), ["no challenge"])

    def test_a_fault_inside_of_a_bulk_is_seen(self):
        inner = json.loads(scim(500, "a fault").body)
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": [{"status": "500", "response": inner}]}
        self.assertIn("status 500 in a bulk", self.kinds(Answer(200, SCIM, json.dumps(body).encode())))


class OfTheRequests(unittest.TestCase):
    def test_the_same_seed_makes_the_same_requests(self):
        def made(seed):
            rng = random.Random(seed)
            body = b'{"schemas":["x"],"userName":"a","emails":[{"value":"b"}],"active":true}'
            return [mutations.mutate(rng, Sent("POST", "/scim/v2/Users", [("Content-Type", "application/json")], body)).bytes() for _ in range(200)]

        self.assertEqual(made(1), made(1))
        self.assertGreater(len(set(made(1))), 100)

    def test_an_assertion_that_is_right_is_signed(self):
        key = credentials.Key.made(1, "main")
        header, claims, signature = key.sign({"alg": "RS256"}, {"iss": "x"}).split(".")
        opened = pow(int.from_bytes(credentials.decode(signature), "big"), key.e, key.n)
        self.assertTrue(f"{opened:0512x}".startswith("0001ffff"))


if __name__ == "__main__":
    unittest.main()
