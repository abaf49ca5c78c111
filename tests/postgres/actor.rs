//! Another rollcall process, played by this test program started again: a server or a subcommand that uses the
//! cluster until it is told to end, or killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rollcall::postgres::{Cluster, DataDir, PostgresError};

/// A running actor.
pub(super) struct Actor {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(super) postmaster: u32,
    pub(super) started_here: bool,
    pub(super) url: String,
}

/// How an actor is started.
pub(super) struct Script<'a> {
    /// `server` or `subcommand`.
    pub(super) role: &'a str,
    pub(super) data_dir: &'a Path,
    /// User and group id to run as.
    pub(super) user: Option<(u32, u32)>,
    /// The program: this test program, or a copy that another user can reach.
    pub(super) program: &'a Path,
}

impl Actor {
    pub(super) fn server(data_dir: &Path) -> Self {
        Self::play("server", data_dir).unwrap()
    }

    pub(super) fn subcommand(data_dir: &Path) -> Self {
        Self::play("subcommand", data_dir).unwrap()
    }

    /// Starts an actor and waits until its cluster is up; the error is the sentence it would show to the user.
    pub(super) fn play(role: &str, data_dir: &Path) -> Result<Self, String> {
        let program = std::env::current_exe().unwrap();
        Self::play_script(&Script { role, data_dir, user: None, program: &program })
    }

    #[expect(clippy::zombie_processes, reason = "a panic ends the test program")]
    pub(super) fn play_script(script: &Script<'_>) -> Result<Self, String> {
        // The name under which the test harness knows the part below: its module path without the crate.
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut command = Command::new(script.program);
        command.args(["--exact", &format!("{module}::the_part"), "--ignored", "--nocapture"]);
        command.env("ACTOR_ROLE", script.role).env("ACTOR_DATA_DIR", script.data_dir);
        if let Some((uid, gid)) = script.user {
            command.uid(uid).gid(gid).current_dir("/");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            if output.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return Err(format!("the actor ended: {seen}"));
            }
            // The harness may have written "test … ... " before it on the same line.
            if let Some((_, facts)) = line.trim_end().split_once("UP ") {
                let mut facts = facts.splitn(3, ' ');
                let mut next = || facts.next().unwrap().to_owned();
                let (postmaster, started_here) = (next().parse().unwrap(), next().parse().unwrap());
                return Ok(Self { child, output, postmaster, started_here, url: next() });
            }
            if let Some((_, refusal)) = line.trim_end().split_once("REFUSED ") {
                child.wait().unwrap();
                return Err(refusal.replace("\\n", "\n"));
            }
            seen.push_str(&line);
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets the actor end in order.
    pub(super) fn end(mut self) {
        self.child.stdin.take().unwrap().write_all(b"end\n").unwrap();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        assert!(rest.contains("ENDED"), "{rest}");
    }

    pub(super) fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Not a test: what an actor does. Without the actor's environment it does nothing.
#[test]
#[ignore = "started by other tests as another process"]
#[allow(clippy::print_stdout)]
fn the_part() {
    let (Ok(role), Some(data_dir)) = (std::env::var("ACTOR_ROLE"), std::env::var_os("ACTOR_DATA_DIR")) else {
        return;
    };
    match act(&role, Path::new(&data_dir)) {
        Ok(()) => println!("ENDED"),
        Err(error) => println!("REFUSED {}", error.to_string().replace('\n', "\\n")),
    }
}

#[allow(clippy::print_stdout)]
fn act(role: &str, data_dir: &Path) -> Result<(), PostgresError> {
    let dir = DataDir::open(data_dir)?;
    let lock = if role == "server" { Some(dir.lock_for_server()?) } else { None };
    let cluster = Cluster::start(&dir, true)?;
    println!("UP {} {} {}", cluster.pid(), cluster.started_here(), cluster.url("postgres"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    if lock.is_some() { cluster.stop() } else { cluster.release() }
}
