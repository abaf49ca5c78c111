//! Paging with a cursor (RFC 9865).

use crate::support::cluster::execute;
use crate::support::{Failures, TestApp, expect, scim_error, user};
use rollcall::app::tenants;
use rollcall::app::tokens::{self, Scope};
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn people(app: &TestApp, number: usize) {
    for n in 0..number {
        app.provision(&user(&format!("user{n}")));
    }
}

/// R184, R185, R186, R189: `nextCursor` on every page but the last, `previousCursor` on none, the total
/// where the first page shows it.
#[test]
fn a_walk_shows_everybody_once_and_ends() {
    let app = TestApp::start();
    people(&app, 13);
    let all = ids(&app.read("/Users"));
    for size in [1, 4, 12, 13, 14] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = app.read(&format!("/Users?count={size}&cursor={cursor}"));
            let found = ids(&page);
            assert_eq!(page["itemsPerPage"], json!(found.len()));
            assert!(page.get("previousCursor").is_none() && page.get("startIndex").is_none(), "{page}");
            let total = (pages == 0 && size >= 13).then_some(json!(13));
            assert_eq!(page.get("totalResults"), total.as_ref(), "pages of {size}");
            pages += 1;
            seen.extend(found);
            match page.get("nextCursor") {
                Some(next) => cursor = next.as_str().unwrap().to_owned(),
                None => break,
            }
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{cursor}");
        }
        assert_eq!((seen, pages), (all.clone(), 13_usize.div_ceil(size)), "pages of {size}");
    }
}

/// R191: without a cursor a page is one by index, as before.
#[test]
fn paging_by_index_is_what_comes_unasked() {
    let app = TestApp::start();
    people(&app, 3);
    let page = app.read("/Users?count=2");
    assert!(page.get("nextCursor").is_none() && page["startIndex"] == 1, "{page}");
    assert_eq!(app.read("/Users?count=2&cursor")["itemsPerPage"], 2, "no value is an empty one");
    let nobody = app.read("/Users?count=0&cursor=");
    assert_eq!((&nobody["totalResults"], nobody.get("nextCursor")), (&json!(3), None));
    let both = app.scim("GET", "/Users?startIndex=2&cursor=", None);
    assert_eq!(scim_error(&both, 400, Some("invalidValue")), Vec::<String>::new());
    expect(app.scim("GET", "/Users?startIndex=1&cursor=", None), 200);
}

/// R113, R192: a search pages with a cursor too, and so does one over everything.
#[test]
fn searches_page_with_a_cursor_too() {
    let app = TestApp::start();
    people(&app, 4);
    for n in 0..4 {
        expect(app.scim("POST", "/Groups", Some(&json!({"displayName": format!("group{n}")}))), 201);
    }
    for (endpoint, filter, total) in
        [("/Users", "userName pr", 4), ("/Groups", "displayName sw \"GROUP\"", 4), ("", "id pr", 8)]
    {
        let search = |body: Value| {
            expect(app.scim("POST", &format!("{endpoint}/.search"), Some(&body)), 200).json().unwrap()
        };
        let all = ids(&search(json!({"filter": filter})));
        assert_eq!(all.len(), total);
        let (mut seen, mut cursor) = (Vec::new(), json!(""));
        while !cursor.is_null() {
            let page = search(json!({"filter": filter, "count": 3, "cursor": cursor, "attributes": ["id"]}));
            seen.extend(ids(&page));
            cursor = page["nextCursor"].clone();
        }
        assert_eq!(seen, all, "{endpoint}");
    }
}

/// R187, R188, R196: a cursor is good for its own query; everything else is the same error, whatever the reason.
#[test]
fn a_cursor_belongs_to_its_query_and_its_connection() {
    let app = TestApp::start();
    people(&app, 5);
    let query = "filter=userName%20sw%20%22u%22&count=2&sortBy=userName&attributes=userName";
    let cursor = app.read(&format!("/Users?{query}&cursor="))["nextCursor"].as_str().unwrap().to_owned();
    let page = app.read(&format!("/Users?cursor={cursor}&{query}"));
    assert_eq!(ids(&page).len(), 2, "the order of the parameters does not matter");
    let ask = |path: &str, token: &str| app.request("GET", &format!("/scim/v2{path}"), Some(token), None);
    let same_tenant = app.issue_token("demo", "another-provider", Scope::Scim);
    let elsewhere = app.issue_token("elsewhere", "provider", Scope::Scim);
    let own = app.scim_token();
    let changed = format!("{}A{}", &cursor[..40], &cursor[41..]);
    let mut failures = Failures::default();
    let mut details = Vec::new();
    for (what, path, token) in [
        ("another connection", format!("/Users?{query}&cursor={cursor}"), same_tenant.as_str()),
        ("another tenant", format!("/Users?{query}&cursor={cursor}"), &elsewhere),
        ("another endpoint", format!("/Groups?count=2&cursor={cursor}"), own),
        ("no filter", format!("/Users?count=2&sortBy=userName&attributes=userName&cursor={cursor}"), own),
        ("another order", format!("/Users?{query}&sortOrder=descending&cursor={cursor}"), own),
        (
            "other attributes",
            format!("/Users?{query}&excludedAttributes=name&cursor={cursor}")
                .replace("&attributes=userName", ""),
            own,
        ),
        ("changed", format!("/Users?{query}&cursor={changed}"), own),
        ("made up", format!("/Users?{query}&cursor=VZUTiyhEQJ94IR"), own),
    ] {
        let answer = ask(&path, token);
        failures.add(what, scim_error(&answer, 400, Some("invalidCursor")));
        details.push(
            answer.json().unwrap_or_default()["detail"].to_string().replace(&changed[..60], &cursor[..60]),
        );
    }
    failures.none();
    let first: Vec<&String> = details.iter().filter(|detail| !detail.contains("VZUT")).collect();
    assert!(
        first.windows(2).all(|two| two[0].split("cursor").nth(2) == two[1].split("cursor").nth(2)),
        "{first:?}"
    );
}

/// R188: a count that is no number, or not that of the first page.
#[test]
fn a_wrong_count_is_named() {
    let app = TestApp::start();
    people(&app, 3);
    let cursor = app.read("/Users?count=2&cursor=")["nextCursor"].as_str().unwrap().to_owned();
    let mut failures = Failures::default();
    for query in
        ["count=x&cursor=".to_owned(), format!("count=3&cursor={cursor}"), format!("cursor={cursor}")]
    {
        let answer = app.scim("GET", &format!("/Users?{query}"), None);
        failures.add(&query, scim_error(&answer, 400, Some("invalidCount")));
    }
    let body = json!({"cursor": "", "count": "many"});
    failures.add(
        "search",
        scim_error(&app.scim("POST", "/Users/.search", Some(&body)), 400, Some("invalidCount")),
    );
    failures.none();
    assert_eq!(app.read("/Users?count=-5&cursor=")["itemsPerPage"], 0);
}

/// R188, R193: a cursor is good for the time that is advertised, and not for longer.
#[test]
fn a_cursor_ends_with_its_time() {
    let app = TestApp::start();
    people(&app, 2);
    let pagination = app.read("/ServiceProviderConfig")["pagination"].clone();
    assert_eq!(
        pagination,
        json!({"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100,
               "maxPageSize": 1000, "cursorTimeout": 3600})
    );
    let cursor = app.read("/Users?count=1&cursor=")["nextCursor"].as_str().unwrap().to_owned();
    let path = format!("/Users?count=1&cursor={cursor}");
    app.clock().advance(chrono::Duration::seconds(3_600));
    expect(app.scim("GET", &path, None), 200);
    app.clock().advance(chrono::Duration::seconds(1));
    let late = app.scim("GET", &path, None);
    assert_eq!(scim_error(&late, 400, Some("expiredCursor")), Vec::<String>::new());
}

/// R194, R195: another server understands the cursor, also one that signs with a newer key; a revoked token does not open the page.
#[test]
fn every_server_understands_a_cursor_and_asks_for_the_token_again() {
    let app = TestApp::start();
    people(&app, 2);
    let cursor = app.read("/Users?count=1&cursor=")["nextCursor"].as_str().unwrap().to_owned();
    execute(
        app.database_url(),
        "INSERT INTO signing_keys (id, secret, created_at) \
         VALUES (gen_random_uuid(), decode(repeat('ab', 32), 'hex'), now() + interval '100 years')",
    );
    let path = format!("/scim/v2/Users?count=1&cursor={cursor}");
    let other = app.another_server();
    let ask = |token| crate::support::app::request_to(other, "GET", &path, token, None);
    assert_eq!(ids(&expect(ask(Some(app.scim_token())), 200).json().unwrap()).len(), 1);
    assert_eq!(ask(None).status, 401);
    assert_eq!(ask(Some(app.api_token())).status, 403);
    // The same connection, so the cursor fits; but the token does not live any more.
    let (token, id) = app.issue("demo", "identity-provider", Scope::Scim, None);
    expect(ask(Some(&token)), 200);
    let mut conn = app.connect();
    let tenant = tenants::by_name(&mut conn, "demo").unwrap().id;
    tokens::revoke(&mut conn, tenant, id, app.clock().now()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(ask(Some(&token)).status, 401);
}
