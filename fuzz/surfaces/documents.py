"""OpenAPI documents for what has none of its own: SCIM, from what the server says of itself, and the token endpoint."""

NS = "urn:ietf:params:scim:api:messages:2.0"
TYPES = {
    "string": {"type": "string"}, "boolean": {"type": "boolean"}, "integer": {"type": "integer"}, "decimal": {"type": "number"},
    "dateTime": {"type": "string", "format": "date-time"}, "reference": {"type": "string"}, "binary": {"type": "string"}, "complex": {"type": "object"},
}
REFUSALS = {
    "scim": ["400", "401", "403", "404", "405", "408", "409", "412", "413", "414", "415", "429", "431", "501"],
    "oauth": ["400", "401", "405", "408", "413", "414", "429", "431"],
}


def attribute(described):
    made = dict(TYPES[described["type"]])
    if described["type"] == "complex":
        made["properties"] = {part["name"]: attribute(part) for part in described.get("subAttributes", [])}
    if described.get("canonicalValues"):
        made = {"anyOf": [{**made, "enum": described["canonicalValues"]}, made]} if made["type"] == "string" else made
    return {"type": "array", "items": made} if described.get("multiValued") else made


def resource(schema, extensions, schemas):
    properties = {"schemas": {"type": "array", "items": {"type": "string", "enum": [schema, *extensions]}}, "externalId": {"type": "string"}}
    properties |= {part["name"]: attribute(part) for part in schemas[schema]["attributes"]}
    for urn in extensions:
        properties[urn] = {"type": "object", "properties": {part["name"]: attribute(part) for part in schemas[urn]["attributes"]}}
    required = ["schemas", *(part["name"] for part in schemas[schema]["attributes"] if part.get("required"))]
    return {"type": "object", "properties": properties, "required": required}


def refused(surface):
    kinds = {
        "scim": {"application/scim+json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        "oauth": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}, "application/problem+json": {"schema": {"type": "object"}}},
    }
    return {status: {"description": "refused", "content": kinds[surface]} for status in REFUSALS[surface]}


def operation(good, body=None, parameters=(), kind="application/scim+json"):
    answers = {status: {"description": "done", "content": {kind: {"schema": {"type": "object"}}}} if status not in ("204", "304") else {"description": "done"} for status in good}
    made = {"parameters": list(parameters), "responses": answers | refused("scim")}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {kind: {"schema": body}, "application/json": {"schema": body}}}
    return made


def parameter(name, schema, place="query"):
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def scim(ask):
    """The document of SCIM; `ask` fetches an address of it."""
    schemas = {schema["id"]: schema for schema in ask("/Schemas")["Resources"]}
    text, number = {"type": "string"}, {"type": "integer"}
    paths_seen = sorted({part["name"] for schema in schemas.values() for part in schema["attributes"]})
    name = {"anyOf": [{"type": "string", "enum": paths_seen}, text]}
    filters = {"anyOf": [{"type": "string", "enum": ['userName pr', 'active eq true', 'displayName sw "a" or id pr', 'emails[type eq "work"]', 'meta.created gt "2020-01-01T00:00:00Z"']}, text]}
    page = [
        parameter("filter", filters), parameter("sortBy", name), parameter("sortOrder", {"type": "string", "enum": ["ascending", "descending"]}), parameter("startIndex", number),
        parameter("count", number), parameter("cursor", text), parameter("attributes", name), parameter("excludedAttributes", name),
    ]
    shown = page[6:]
    matches = [parameter("If-Match", text, "header"), parameter("If-None-Match", text, "header")]
    a_patch = {
        "type": "object", "required": ["schemas", "Operations"],
        "properties": {
            "schemas": {"const": [f"{NS}:PatchOp"]},
            "Operations": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["op"], "properties": {
                "op": {"type": "string", "enum": ["add", "remove", "replace", "Add", "Remove"]},
                "path": {"anyOf": [{"type": "string", "enum": [*paths_seen, 'emails[type eq "work"].value', "name.givenName", 'members[value eq "x"]']}, text]}, "value": {}}}},
        },
    }
    search = {
        "type": "object", "required": ["schemas"],
        "properties": {"schemas": {"const": [f"{NS}:SearchRequest"]}, "filter": filters, "sortBy": name, "sortOrder": text, "startIndex": number, "count": number, "attributes": {"type": "array", "items": name}, "excludedAttributes": {"type": "array", "items": name}},
    }
    bulk = {
        "type": "object", "required": ["schemas", "Operations"],
        "properties": {
            "schemas": {"const": [f"{NS}:BulkRequest"]}, "failOnErrors": number,
            "Operations": {"type": "array", "maxItems": 20, "items": {"type": "object", "required": ["method", "path"], "properties": {
                "method": {"type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"]}, "bulkId": {"type": "string", "enum": ["a", "b", "c"]},
                "path": {"anyOf": [{"type": "string", "enum": ["/Users", "/Groups", "/Users/bulkId:a", "/Groups/bulkId:b"]}, text]}, "version": text,
                "data": {"anyOf": [{"type": "object", "properties": {"userName": text, "displayName": text, "members": {"type": "array", "items": {"type": "object", "properties": {"value": {"type": "string", "enum": ["bulkId:a", "bulkId:b"]}}}}}}, a_patch]}}}},
        },
    }
    paths = {}
    for kind in ask("/ResourceTypes")["Resources"]:
        body = resource(kind["schema"], [extension["schema"] for extension in kind.get("schemaExtensions", [])], schemas)
        at = kind["endpoint"]
        one = parameter("id", text, "path")
        paths[at] = {"get": operation(["200", "304"], parameters=page + matches[1:]), "post": operation(["200", "201"], body, shown)}
        paths[at + "/.search"] = {"post": operation(["200"], search)}
        paths[at + "/{id}"] = {
            "parameters": [one],
            "get": operation(["200", "304"], parameters=shown + matches[1:]), "put": operation(["200"], body, shown + matches[:1]),
            "patch": operation(["200", "204"], a_patch, shown + matches[:1]), "delete": operation(["204"], parameters=matches[:1]),
        }
        answer = paths[at]["post"]["responses"]["201"]["content"]["application/scim+json"]
        # What is left when ?attributes= names nothing that there is.
        answer["schema"] = {"type": "object", "required": ["schemas", "id"]}
        answer_links = {name: {"operationRef": f"#/paths/{(at + '/{id}').replace('~', '~0').replace('/', '~1')}/{name}", "parameters": {"id": "$response.body#/id"}} for name in ("get", "put", "patch", "delete")}
        paths[at]["post"]["responses"]["201"]["links"] = answer_links
    paths["/.search"] = {"post": operation(["200"], search)}
    if ask("/ServiceProviderConfig")["bulk"]["supported"]:
        paths["/Bulk"] = {"post": operation(["200"], bulk)}
    paths["/Me"] = {"get": operation(["200"])}
    for at in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        paths[at] = {"get": operation(["200", "304"], parameters=[parameter("filter", text)])}
    paths["/Schemas/{id}"] = {"get": operation(["200", "304"], parameters=[parameter("id", {"type": "string", "enum": list(schemas)}, "path")])}
    error = {"type": "object", "required": ["schemas", "status", "detail"], "properties": {"schemas": {"const": [f"{NS}:Error"]}, "status": text, "scimType": text, "detail": {"type": "string", "minLength": 1}}, "additionalProperties": False}
    return {"openapi": "3.1.0", "info": {"title": "SCIM", "version": "2.0"}, "servers": [{"url": "/scim/v2"}], "paths": paths, "components": {"schemas": {"Error": error}}}


def oauth(metadata, client):
    """The document of the token endpoint, from what the metadata says (RFC 8414)."""
    text = {"type": "string"}
    form = {
        "type": "object", "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string", "enum": metadata["grant_types_supported"]}, "scope": {"anyOf": [{"type": "string", "enum": metadata.get("scopes_supported", ["scim"])}, text]},
            "client_id": {"anyOf": [{"const": client["id"]}, text]}, "client_secret": {"anyOf": [{"const": client["secret"]}, text]},
            "client_assertion_type": text, "client_assertion": text,
        },
    }
    token = {"type": "object", "required": ["access_token", "token_type", "expires_in", "scope"], "properties": {"access_token": text, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer", "minimum": 1}, "scope": text}, "additionalProperties": False}
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string", "enum": ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "temporarily_unavailable"]}, "error_description": {"type": "string", "pattern": r"^[ !#-\[\]-~]*$"}, "error_uri": text}, "additionalProperties": False}
    good = {"200": {"description": "a token", "content": {"application/json": {"schema": token}}}}
    basic = parameter("Authorization", {"type": "string"}, "header")
    return {
        "openapi": "3.1.0", "info": {"title": "OAuth", "version": "2.0"}, "components": {"schemas": {"Error": error}},
        "paths": {
            "/oauth/token": {"post": {"parameters": [basic], "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}, "responses": good | refused("oauth")}},
            "/.well-known/oauth-authorization-server": {"get": {"responses": {"200": {"description": "metadata", "content": {"application/json": {"schema": {"type": "object", "required": ["issuer", "token_endpoint"]}}}}, **refused("oauth")}}},
        },
    }
