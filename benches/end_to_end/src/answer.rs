//! H: the same web framework, with the same settings as the server, answering the same bytes from memory. It runs in a
//! process of its own (`rollcall-bench answer`), so that its memory and CPU are its own too.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

use crate::Outcome;
use crate::http::Answer;

/// Headers that the framework or the connection adds by itself.
const OF_THE_FRAMEWORK: [&str; 4] = ["content-length", "date", "connection", "keep-alive"];

#[derive(Debug)]
struct Stored {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// The child process; it ends with this value.
#[derive(Debug)]
pub(crate) struct AnswerServer {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl AnswerServer {
    /// Starts the child with `answer` to give; `directory` is for the file that tells it.
    pub(crate) fn start(answer: &Answer, directory: &Path) -> Outcome<Self> {
        let file = directory.join("answer.json");
        let body = String::from_utf8(answer.body.clone())?;
        let told = json!({"status": answer.status, "headers": answer.headers, "body": body});
        fs::write(&file, told.to_string())?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("answer")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, address }),
            Err(_) => {
                let _ = child.kill();
                let status = child.wait()?;
                Err(format!("the answering server did not start ({status})").into())
            }
        }
    }
}

impl Drop for AnswerServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's main: listens on a free port of 127.0.0.1, says on stdout where, and answers until it is killed.
pub(crate) fn serve(file: &Path) -> Outcome<()> {
    let stored = web::Data::new(read(file)?);
    actix_web::rt::System::new().block_on(async move {
        let server =
            HttpServer::new(move || App::new().app_data(stored.clone()).default_service(web::to(answer)))
                .bind(("127.0.0.1", 0))?;
        if let Some(address) = server.addrs().first() {
            use io::Write;
            writeln!(io::stdout(), "{address}")?;
        }
        server.run().await
    })?;
    Ok(())
}

fn read(file: &Path) -> Outcome<Stored> {
    let told: Value = serde_json::from_slice(&fs::read(file)?)?;
    let status =
        told["status"].as_u64().and_then(|status| u16::try_from(status).ok()).ok_or("status is missing")?;
    let mut headers = Vec::new();
    for pair in told["headers"].as_array().into_iter().flatten() {
        let (name, value) = (pair[0].as_str().unwrap_or_default(), pair[1].as_str().unwrap_or_default());
        if !OF_THE_FRAMEWORK.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            headers.push((name.parse()?, value.parse()?));
        }
    }
    let body = Bytes::from(told["body"].as_str().unwrap_or_default().to_owned());
    Ok(Stored { status: StatusCode::from_u16(status)?, headers, body })
}

/// The request's body is read as a server has to, and a request without credentials is not answered.
async fn answer(request: HttpRequest, _body: Bytes, stored: web::Data<Stored>) -> HttpResponse {
    if !request.headers().contains_key(AUTHORIZATION) {
        return HttpResponse::Unauthorized().finish();
    }
    let mut response = HttpResponse::build(stored.status);
    for (name, value) in &stored.headers {
        response.append_header((name.clone(), value.clone()));
    }
    response.body(stored.body.clone())
}
