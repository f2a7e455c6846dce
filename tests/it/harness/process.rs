//! A server of ours as a child process.

use std::env;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use proto::server::v1::GetServerInfoRequest;
use proto::server::v1::server_service_client::ServerServiceClient;
use tokio::sync::watch;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::connect;

/// Nothing a test waits for takes so long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// How often the end of a process is looked for.
const GLANCE: Duration = Duration::from_millis(10);

/// Waits for something that must happen.
///
/// # Panics
///
/// When it has not happened after [`PATIENCE`].
pub async fn soon<F: Future>(what: &str, happening: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, happening).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not after {PATIENCE:?}"),
    }
}

/// The real binary, without the settings of whoever runs the tests.
pub fn almanac() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("ALMANAC_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub async fn output(mut command: Command) -> Output {
    let running = tokio::task::spawn_blocking(move || command.output());
    let output = soon("the command ends", running).await;
    output
        .expect("running it does not panic")
        .expect("the binary starts")
}

/// A running server.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: watch::Receiver<String>,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    pub async fn start(mut command: Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let stderr = child.stderr.take().expect("standard error is piped");
        let mut log = collect(stderr);
        let listening = log.wait_for(|text| address(text).is_some());
        let found = match soon("the server listens", listening).await {
            Ok(text) => address(&text),
            Err(_) => None,
        };
        let Some(address) = found else {
            panic!("the server ended before it listened:\n{}", *log.borrow());
        };
        Self {
            child,
            address,
            log,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until all its services can do their work.
    pub async fn serving(&self) {
        let mut client = HealthClient::new(connect(self.address));
        let watching = async {
            let request = HealthCheckRequest::default();
            let mut states = client.watch(request).await?.into_inner();
            while let Some(state) = states.message().await? {
                if state.status() == ServingStatus::Serving {
                    return Ok(());
                }
            }
            Err(tonic::Status::unknown("the watch ended"))
        };
        if let Err(status) = soon("the server serves", watching).await {
            panic!("the server does not serve: {status}\n{}", self.logs());
        }
    }

    /// Whether it still answers the question what it is.
    pub async fn answers(&self) -> bool {
        let mut client = ServerServiceClient::new(connect(self.address));
        client
            .get_server_info(GetServerInfoRequest {})
            .await
            .is_ok()
    }

    /// SIGKILL, and the end of it.
    pub async fn kill(&mut self) {
        self.child.kill().expect("a process of ours can be killed");
        self.ended().await;
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// The number the system knows it by.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name).expect("`kill` is installed");
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = async {
            loop {
                match self.child.try_wait() {
                    Ok(None) => tokio::time::sleep(GLANCE).await,
                    ended => return ended,
                }
            }
        };
        let status = soon("the server ends", ended).await;
        status.ok().flatten().expect("a child can be waited for")
    }

    /// What it has logged so far.
    pub fn logs(&self) -> String {
        self.log.borrow().clone()
    }

    /// Waits until its log has this text.
    pub async fn logged(&self, text: &str) {
        let mut log = self.log.clone();
        let found = log.wait_for(|log| log.contains(text));
        let found = soon(text, found).await.is_ok();
        assert!(found, "the server ended without logging `{text}`");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
        if thread::panicking() {
            // The macro writes where the test runner catches it.
            eprintln!("log of the server at {}:\n{}", self.address, self.logs());
        }
    }
}

/// Sends a signal to a process.
pub fn signal(id: u32, name: &str) -> io::Result<()> {
    std::process::Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .stderr(Stdio::null())
        .status()
        .map(drop)
}

/// Reads the log until the process closes it.
fn collect(stderr: ChildStderr) -> watch::Receiver<String> {
    let (sender, receiver) = watch::channel(String::new());
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            sender.send_modify(|log| {
                log.push_str(&line);
                log.push('\n');
            });
        }
    });
    receiver
}

/// The address in the line that tells it.
fn address(log: &str) -> Option<SocketAddr> {
    let line = log.lines().find(|line| line.contains(r#""listening""#))?;
    let event: serde_json::Value = serde_json::from_str(line).ok()?;
    event.get("address")?.as_str()?.parse().ok()
}
