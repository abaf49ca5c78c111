"""What schemathesis does with every answer besides its own checks, and which things it asks about; it loads this file by its name."""

import atexit
import json
import os
import random

import schemathesis

from described import kind_of
from oracle import Oracle
from tally import Tally
from wire import Answer, Sent

with open(os.environ["FUZZ_CONTEXT"]) as file:
    CONTEXT = json.load(file)
ORACLE, TALLY = Oracle(CONTEXT), Tally(CONTEXT, os.environ["FUZZ_NAME"])
RNG = random.Random(CONTEXT["seed"])
atexit.register(TALLY.write)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Mostly ids of what there is, so that it comes past "there is none"."""
    if not path_parameters or RNG.random() < 0.15:
        return path_parameters
    operation = getattr(context, "operation", None)
    path = (operation.path if operation else "").lower()
    ids = CONTEXT["ids"]
    for name in path_parameters:
        if name == "id" and not path.startswith("/schemas"):
            path_parameters[name] = RNG.choice(ids[kind_of(path)])
        elif name == "course":
            path_parameters[name] = RNG.choice(ids["courses"])
        elif name == "name":
            path_parameters[name] = RNG.choice(["identity-provider", "platform"])
        elif name == "report":
            path_parameters[name] = RNG.choice(["training", "accounts", "seats", "sign-ins"])
    return path_parameters


@schemathesis.hook
def after_call(context, case, response):
    request = response.request
    body = request.body or b""
    body = body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogatepass")
    target = "/" + request.url.split("://", 1)[-1].partition("/")[2]
    # Whoever speaks HTTP for it leaves nothing to mangle, but for characters that it does not escape.
    sent = Sent(request.method, target, [(str(name), str(value)) for name, value in request.headers.items()], body)
    headers = [(name.lower(), value) for name, values in response.headers.items() for value in values]
    answer = Answer(response.status_code, headers, response.content or b"")
    faults, looked_at = ORACLE.judge(sent, answer)
    TALLY.count(sent, answer, looked_at, response.elapsed)
    for kind, sentence in faults:
        TALLY.fault(kind, sentence, sent, answer)
