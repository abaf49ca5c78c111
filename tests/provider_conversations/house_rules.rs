//! What holds for every answer of the SCIM surface, whatever was asked, so that no conversation has to repeat it.

use serde_json::{Map, Value};

use crate::support::http::{Request, Response};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// Every rule this answer breaks, one sentence each.
pub(crate) fn broken(request: &Request, response: &Response) -> Vec<String> {
    let mut broken = Vec::new();
    if response.status >= 500 && response.status != 501 {
        broken.push("a provider never gets a 5xx".to_owned());
    }
    if matches!(response.status, 204 | 304) {
        if !response.body.is_empty() {
            broken.push("204 and 304 have no body".to_owned());
        }
        return broken;
    }
    if !response.body.is_empty() {
        check_content_type(request, response, &mut broken);
    }
    match response.json() {
        Some(Value::Object(body)) => check_body(request, response, &body, &mut broken),
        _ => broken.push("the body is one JSON object".to_owned()),
    }
    broken
}

fn check_content_type(request: &Request, response: &Response, broken: &mut Vec<String>) {
    let accept = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("accept"));
    let plain = accept.is_some_and(|(_, value)| value.trim().eq_ignore_ascii_case("application/json"));
    // An error may be labelled either way then: it is often made before anybody looks at Accept.
    let allowed: &[&str] = match (plain, response.status) {
        (true, 400..) => &["application/json", "application/scim+json"],
        (true, _) => &["application/json"],
        (false, _) => &["application/scim+json"],
    };
    let content_type = response.header("Content-Type").unwrap_or_default();
    if !content_type.split(';').next().is_some_and(|media_type| allowed.contains(&media_type.trim())) {
        broken.push(format!("Content-Type is {}, not {content_type:?}", allowed.join(" or ")));
    }
}

fn check_body(request: &Request, response: &Response, body: &Map<String, Value>, broken: &mut Vec<String>) {
    if holds_null(&Value::Object(body.clone())) {
        broken.push("answers hold no null (quirk 160)".to_owned());
    }
    if response.status >= 400 {
        check_error(response, body, broken);
    } else if ["Resources", "totalResults"].iter().any(|key| body.contains_key(*key)) {
        check_list(request, body, broken);
    } else {
        check_resource(request, Some(response), body, broken);
    }
}

fn check_error(response: &Response, body: &Map<String, Value>, broken: &mut Vec<String>) {
    if !speaks(body, ERROR) {
        broken.push("an error carries the SCIM Error schema (quirk 156)".to_owned());
    }
    if body.get("status") != Some(&Value::String(response.status.to_string())) {
        broken.push("`status` of an error is the HTTP status as a string (quirk 156)".to_owned());
    }
    if body.get("detail").and_then(Value::as_str).is_none_or(str::is_empty) {
        broken.push("an error says what is wrong in `detail`".to_owned());
    }
    if response.status == 401 && response.header("WWW-Authenticate").is_none() {
        broken.push("401 comes with WWW-Authenticate".to_owned());
    }
    if response.status == 405 && response.header("Allow").is_none() {
        broken.push("405 comes with Allow".to_owned());
    }
}

fn check_list(request: &Request, body: &Map<String, Value>, broken: &mut Vec<String>) {
    if !speaks(body, LIST) {
        broken.push("a list carries the ListResponse schema".to_owned());
    }
    let Some(Value::Array(resources)) = body.get("Resources") else {
        broken.push("a list has `Resources`, also when it is empty (quirk 51)".to_owned());
        return;
    };
    let number = |key: &str| body.get(key).and_then(Value::as_u64);
    if number("itemsPerPage") != u64::try_from(resources.len()).ok() {
        broken.push("`itemsPerPage` is the number of resources returned (quirk 45)".to_owned());
    }
    if number("totalResults").is_none() || number("startIndex").is_none_or(|start| start == 0) {
        broken.push("`totalResults` and `startIndex` are JSON integers (quirk 44)".to_owned());
    }
    for resource in resources {
        match resource {
            Value::Object(resource) => check_resource(request, None, resource, broken),
            _ => broken.push("every resource of a list is an object".to_owned()),
        }
    }
}

/// `response` is given when the resource is the whole answer.
fn check_resource(
    request: &Request,
    response: Option<&Response>,
    resource: &Map<String, Value>,
    broken: &mut Vec<String>,
) {
    let core = if speaks(resource, USER) {
        USER
    } else if speaks(resource, GROUP) {
        GROUP
    } else {
        // A discovery document, or something that must say what it is.
        if resource.get("schemas").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            broken.push("every answer has `schemas`".to_owned());
        }
        return;
    };
    if resource.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
        broken.push("a resource has its `id`, a string".to_owned());
    }
    if resource.contains_key("password") {
        broken.push("`password` is never returned (quirk 54)".to_owned());
    }
    let meta = |key: &str| resource.get("meta").and_then(|meta| meta.get(key)).and_then(Value::as_str);
    if let Some(response) = response {
        if response.status == 201
            && (meta("location").is_none() || response.header("Location") != meta("location"))
        {
            broken.push("201 has a Location, equal to meta.location (quirk 158)".to_owned());
        }
        if meta("version").is_some() && response.header("ETag") != meta("version") {
            broken.push("ETag is meta.version (quirk 163)".to_owned());
        }
    }
    // With ?attributes= or ?excludedAttributes= parts are missing on purpose.
    if !request.path.to_ascii_lowercase().contains("attributes=") {
        check_whole(core, resource, broken);
    }
}

/// Rules for a resource that nothing was left out of.
fn check_whole(core: &str, resource: &Map<String, Value>, broken: &mut Vec<String>) {
    let meta = resource.get("meta").and_then(Value::as_object);
    for key in ["resourceType", "created", "lastModified", "location", "version"] {
        if meta.and_then(|meta| meta.get(key)).and_then(Value::as_str).is_none_or(str::is_empty) {
            broken.push(format!("a resource has meta.{key}"));
        }
    }
    let named: Vec<&str> = resource
        .get("schemas")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let used = resource.keys().map(String::as_str).filter(|key| key.starts_with("urn:"));
    let mut expected: Vec<&str> = std::iter::once(core).chain(used).collect();
    if named.first() != Some(&core) {
        broken.push("the core URN is the first of `schemas` (quirk 161)".to_owned());
    }
    let mut sorted = named.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    if sorted != expected {
        broken.push(format!("`schemas` names the URNs in use, no other: {named:?} (quirk 161)"));
    }
    if core == USER && !resource.get("active").is_some_and(Value::is_boolean) {
        broken.push("a user has `active`, a boolean".to_owned());
    }
}

fn speaks(object: &Map<String, Value>, urn: &str) -> bool {
    object
        .get("schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| schemas.iter().any(|schema| schema == urn))
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().any(holds_null),
        Value::Object(object) => object.values().any(holds_null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Response {
        let mut headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.push(("Content-Type".to_owned(), "application/scim+json; charset=utf-8".to_owned()));
        Response { status, headers, body: body.to_string().into_bytes() }
    }

    fn user() -> Value {
        json!({
            "schemas": [USER, ROLLCALL], "id": "1", "userName": "a", "active": true, ROLLCALL: {"status": "active"},
            "meta": {"resourceType": "User", "created": "2026-01-01T00:00:00Z", "lastModified": "2026-01-01T00:00:00Z",
                     "location": "http://x/Users/1", "version": "W/\"1\""}
        })
    }

    fn rules_broken_by(response: &Response) -> String {
        broken(&Request { path: "/Users".into(), ..Request::default() }, response).join("; ")
    }

    #[test]
    fn a_good_user_breaks_no_rule() {
        let headers = [("Location", "http://x/Users/1"), ("ETag", "W/\"1\"")];
        assert_eq!(rules_broken_by(&answer(201, &headers, &user())), "");
    }

    #[test]
    fn what_is_wrong_with_a_user_is_said() {
        let mut bad = user();
        bad["schemas"] = json!([ROLLCALL, USER, "urn:x"]);
        bad["password"] = json!("secret");
        bad["title"] = Value::Null;
        let said = rules_broken_by(&answer(201, &[], &bad));
        for part in ["core URN", "URNs in use", "password", "null", "Location", "ETag"] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn errors_have_the_status_as_a_string() {
        let good = json!({"schemas": [ERROR], "status": "404", "detail": "no such user"});
        assert_eq!(rules_broken_by(&answer(404, &[], &good)), "");
        let number = json!({"schemas": [ERROR], "status": 404, "detail": "no such user"});
        assert!(rules_broken_by(&answer(404, &[], &number)).contains("as a string"));
        assert!(rules_broken_by(&answer(500, &[], &json!({}))).contains("5xx"));
    }

    #[test]
    fn a_list_counts_what_it_returns() {
        let list = json!({"schemas": [LIST], "totalResults": 7, "startIndex": 1, "itemsPerPage": 7, "Resources": []});
        assert!(rules_broken_by(&answer(200, &[], &list)).contains("itemsPerPage"));
        let null = json!({"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": null});
        assert!(rules_broken_by(&answer(200, &[], &null)).contains("Resources"));
    }
}
