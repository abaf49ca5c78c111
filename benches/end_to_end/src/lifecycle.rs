//! What the life cycle promises in figures: how soon a deactivation is felt on another server, and what a report of a million rows
//! needs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::http::Connection;
use crate::latency::Latencies;
use crate::requests::active_body;
use crate::server::Rollcall;
use crate::table::mebibytes;
use crate::{Outcome, process, tell};

/// Completions of the report.
const COMPLETIONS: u32 = 1_000_000;
/// How long after the deactivation a session is still tried.
const WATCHED: Duration = Duration::from_millis(1_200);
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Measures both, and prints them.
pub(crate) fn measure(binary: &Path, directory: &Path, rounds: u32) -> Outcome<()> {
    tell("life cycle: starting two servers on one database");
    let first = Rollcall::start(binary, directory)?;
    let cluster = Cluster::find(&first.data_directory)?;
    let (second, _) = Rollcall::beside(binary, directory, &cluster.url())?;
    let api = Caller { address: first.address, token: first.fact("API_TOKEN")?.to_owned() };
    let scim = Caller { address: first.address, token: first.fact("SCIM_TOKEN")?.to_owned() };
    tell(&format!("life cycle: a report of {COMPLETIONS} completions"));
    scim.ask(
        "POST",
        "/scim/v2/Users",
        Some(&json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "graduate"})),
    )?;
    let report = export(&api, &first, &cluster)?;
    tell(&format!("life cycle: {rounds} deactivations, felt on the other server"));
    let mut felt = Vec::new();
    let mut late = 0;
    for round in 0..rounds {
        let (id, session) = signed_in(&api, &scim, round)?;
        let (micros, accepted_late) = deactivate(&scim, second.address, &id, &session)?;
        felt.push(micros);
        late += accepted_late;
    }
    let latencies = Latencies::collect([felt]);
    let percentile = |percent| latencies.percentile_ms(percent).unwrap_or_default();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "From sending active:false to the first refused session check on another server ({rounds} rounds): p50 {:.1} ms, p99 {:.1} ms, \
         longest {:.1} ms; accepted after the answer to active:false: {late}\n\
         Training history of {COMPLETIONS} completions as CSV: {} rows, {:.0} MB in {:.1} s; the server's memory before {:.1} MiB, at most \
         {:.1} MiB",
        percentile(50.0),
        percentile(99.0),
        percentile(100.0),
        report.rows,
        report.bytes as f64 / 1e6,
        report.seconds,
        mebibytes(report.memory_before),
        mebibytes(report.memory_at_most),
    )?;
    Ok(())
}

/// Somebody with a token, at a server.
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Caller {
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&str>) -> Vec<u8> {
        let body = body.unwrap_or_default();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        )
        .into_bytes()
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Outcome<Value> {
        let body = body.map(Value::to_string);
        let answer = Connection::open(self.address)?.fetch(&self.request(method, path, body.as_deref()))?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if !(200..300).contains(&answer.status) {
            return Err(format!("{method} {path}: {} {text}", answer.status).into());
        }
        Ok(serde_json::from_str(&text)?)
    }
}

fn text(value: &Value, name: &str) -> Outcome<String> {
    let found = value.get(name).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| format!("no {name} in {value}").into())
}

/// A new person with a session: the SCIM id, and the token.
pub(crate) fn signed_in(api: &Caller, scim: &Caller, round: u32) -> Outcome<(String, String)> {
    let name = format!("learner-{round}");
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    let id = text(&scim.ask("POST", "/scim/v2/Users", Some(&user))?, "id")?;
    let session = session_of(api, &id, &name)?;
    Ok((id, session))
}

/// A session of somebody who is there, by a temporary password.
pub(crate) fn session_of(api: &Caller, id: &str, name: &str) -> Outcome<String> {
    let issued = api.ask("POST", &format!("/api/v1/accounts/{id}/temporary-password"), None)?;
    let sign_in = json!({
        "tenant": "demo",
        "userName": name,
        "password": text(&issued, "temporaryPassword")?,
        "newPassword": PASSWORD,
    });
    text(&api.ask("POST", "/api/v1/sessions", Some(&sign_in))?, "token")
}

/// Deactivates somebody at one server while their session is tried at another. Microseconds from sending the deactivation to the first
/// refusal, and how often the session was accepted that was tried after the deactivation had been answered.
fn deactivate(scim: &Caller, other: SocketAddr, id: &str, session: &str) -> Outcome<(u32, u32)> {
    let answered = AtomicBool::new(false);
    let tried = Caller { address: other, token: session.to_owned() };
    let check = tried.request("GET", "/api/v1/sessions/current", None);
    let mut connection = Connection::open(other)?;
    if connection.exchange(&check)?.status != 200 {
        return Err("the session does not work on the other server".into());
    }
    thread::scope(|scope| {
        let watching = scope.spawn(|| -> Outcome<(Option<Instant>, u32)> {
            let (mut refused, mut late) = (None, 0);
            let begun = Instant::now();
            while begun.elapsed() < WATCHED && (refused.is_none() || !answered.load(Ordering::SeqCst)) {
                let after = answered.load(Ordering::SeqCst);
                let status = connection.exchange(&check)?.status;
                if status == 401 && refused.is_none() {
                    refused = Some(Instant::now());
                }
                late += u32::from(status == 200 && after);
            }
            Ok((refused, late))
        });
        // The other thread is at work before the clock starts.
        thread::sleep(Duration::from_millis(2));
        let path = format!("/scim/v2/Users/{id}");
        let body = active_body(false);
        let mut own = Connection::open(scim.address)?;
        let sent = Instant::now();
        let status = own.exchange(&scim.request("PATCH", &path, Some(&body)))?.status;
        answered.store(true, Ordering::SeqCst);
        let (refused, late) = watching.join().map_err(|_| "the watcher panicked")??;
        if status != 200 {
            return Err(format!("PATCH active: {status}").into());
        }
        let refused = refused.ok_or("the session was never refused")?;
        let micros = refused.saturating_duration_since(sent).as_micros();
        Ok((u32::try_from(micros)?, late))
    })
}

struct Report {
    rows: u64,
    bytes: u64,
    seconds: f64,
    memory_before: u64,
    memory_at_most: u64,
}

/// Exports a million completions while the server's memory is watched.
fn export(api: &Caller, server: &Rollcall, cluster: &Cluster) -> Outcome<Report> {
    let course = text(&api.ask("POST", "/api/v1/courses", Some(&json!({"name": "Safety"})))?, "id")?;
    cluster.sql(
        include_str!("../sql/completions.sql"),
        &[("course", &course), ("n", &COMPLETIONS.to_string())],
    )?;
    let memory = || process::of_process(server.pid()).map_or(0, |usage| usage.memory);
    let memory_before = memory();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut at_most = 0;
            while !stop.load(Ordering::Relaxed) {
                at_most = at_most.max(memory());
                thread::sleep(Duration::from_millis(20));
            }
            at_most
        });
        let begun = Instant::now();
        let read = read_report(api);
        let seconds = begun.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        let memory_at_most = watching.join().map_err(|_| "the watcher panicked")?;
        let (rows, bytes) = read?;
        Ok(Report { rows, bytes, seconds, memory_before, memory_at_most })
    })
}

/// Rows and bytes of the whole report; a report that breaks off has no end.
fn read_report(api: &Caller) -> Outcome<(u64, u64)> {
    let mut stream = TcpStream::connect(api.address)?;
    stream.write_all(&api.request("GET", "/api/v1/reports/training?scope=all&format=csv", None))?;
    let (mut piece, mut commas, mut bytes, mut end) = (vec![0; 256 * 1024], 0_u64, 0_u64, Vec::new());
    loop {
        let read = stream.read(&mut piece)?;
        let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else {
            return Err("the report broke off".into());
        };
        bytes += read as u64;
        commas += new.iter().filter(|byte| **byte == b',').count() as u64;
        end.extend_from_slice(new);
        // A row that ends with a nought, and the end of its chunk, would look like the last five of these.
        end.drain(..end.len().saturating_sub(7));
        if end == b"\r\n0\r\n\r\n" {
            // Eight commas between nine columns, in the header and in every row.
            return Ok((commas / 8 - 1, bytes));
        }
    }
}
