//! `almanac watch`: changes as they are committed.

mod feed;
mod told;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

use futures::{Stream, StreamExt as _, stream};
use proto::snapshot::v1::WatchStart;
use proto::snapshot::v1::watch_start::Start;
use proto::{metrics, registry, reporting};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::connect::Session;
use super::table::complain;
use crate::role::Role;
use crate::serve::signals;
use feed::Feed;
use told::Told;

/// Prints changes of the services as they are committed, until it is stopped with Ctrl-C.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which services; all by default
    #[arg(value_name = "SERVICE", value_enum)]
    services: Vec<Role>,
    /// Only records of this kind; may be given several times
    #[arg(long = "kind", value_enum, value_name = "KIND")]
    kinds: Vec<Kind>,
    #[command(flatten)]
    start: StartArgs,
    /// Print the messages of the services, one a line, as JSON; also those that only say that
    /// nothing is new, because each has a token to continue from
    #[arg(long)]
    json: bool,
}

/// Where to start; with the next change by default.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct StartArgs {
    /// Start with the oldest change that is kept
    #[arg(long)]
    earliest: bool,
    /// Start after this snapshot token, such as that of a list
    #[arg(long, value_name = "TOKEN")]
    after_snapshot: Option<String>,
    /// Continue after this resume token of an earlier watch of one service
    #[arg(long, value_name = "TOKEN")]
    resume_token: Option<String>,
}

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Entities
    Entity,
    /// Relations
    Relation,
    /// The vocabulary
    Vocabulary,
    /// Figures, told by their series
    Series,
    /// Releases
    Release,
    /// Units
    Unit,
    /// Concepts
    Concept,
    /// Indicators
    Indicator,
    /// Templates
    Template,
    /// Reports
    Report,
}

impl Kind {
    /// The service that keeps such records, and their number there.
    fn kept_by(self) -> (Role, i32) {
        use metrics::v1::RecordKind as Metrics;
        use registry::v1::RecordKind as Registry;
        use reporting::v1::RecordKind as Reporting;
        match self {
            Self::Entity => (Role::Registry, Registry::Entity as i32),
            Self::Relation => (Role::Registry, Registry::Relation as i32),
            Self::Vocabulary => (Role::Registry, Registry::Vocabulary as i32),
            Self::Series => (Role::Metrics, Metrics::Series as i32),
            Self::Release => (Role::Metrics, Metrics::Release as i32),
            Self::Unit => (Role::Metrics, Metrics::Unit as i32),
            Self::Concept => (Role::Metrics, Metrics::Concept as i32),
            Self::Indicator => (Role::Metrics, Metrics::Indicator as i32),
            Self::Template => (Role::Reporting, Reporting::Template as i32),
            Self::Report => (Role::Reporting, Reporting::Report as i32),
        }
    }
}

impl Args {
    /// The services to watch, each with the kinds of its records; no kinds are all of them.
    fn asked(&self) -> anyhow::Result<Vec<(Role, Vec<i32>)>> {
        let mut kinds: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for kind in &self.kinds {
            let (role, number) = kind.kept_by();
            anyhow::ensure!(
                self.services.is_empty() || self.services.contains(&role),
                "--kind {} is a kind of {role}, which is not watched",
                word(*kind)
            );
            let numbers = kinds.entry(role.name()).or_default();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        let wanted = |role: &Role| match (self.services.as_slice(), self.kinds.as_slice()) {
            ([], []) => true,
            ([], _) => kinds.contains_key(role.name()),
            (services, []) => services.contains(role),
            (services, _) => services.contains(role) && kinds.contains_key(role.name()),
        };
        let roles: Vec<_> = Role::ALL.into_iter().filter(wanted).collect();
        anyhow::ensure!(
            self.start.resume_token.is_none() || roles.len() == 1,
            "--resume-token is of one service: name it, as in `almanac watch metrics --resume-token TOKEN`"
        );
        let of = |role: Role| kinds.get(role.name()).cloned().unwrap_or_default();
        Ok(roles.into_iter().map(|role| (role, of(role))).collect())
    }
}

fn word(kind: Kind) -> String {
    let value = clap::ValueEnum::to_possible_value(&kind);
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

impl StartArgs {
    fn start(&self) -> Option<WatchStart> {
        let start = match (&self.after_snapshot, &self.resume_token) {
            (Some(token), _) => Start::AfterSnapshot(token.clone()),
            (_, Some(token)) => Start::ResumeToken(token.clone()),
            _ if self.earliest => Start::Earliest(true),
            _ => return None,
        };
        Some(WatchStart { start: Some(start) })
    }
}

/// Watches until it is told to stop, or nobody reads any more.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let stopped = CancellationToken::new();
    signals::watch(stopped.clone())?;
    let any = args.services.is_empty() && args.kinds.is_empty();
    let feeds = args.asked()?.into_iter().map(|(role, kinds)| {
        let feed = Feed::new(session, role, args.start.start(), kinds);
        stream::unfold(feed, move |mut feed| async move {
            match feed.next().await {
                // A server that does not play this role has nothing to tell of it.
                Err(status) if any && status.code() == Code::Unimplemented => None,
                told => Some((told.map_err(|status| (role, status)), feed)),
            }
        })
        .boxed_local()
    });
    let messages = stream::select_all(feeds).take_until(stopped.cancelled());
    let mut reached = BTreeMap::new();
    let ended = print_all(messages, args.json, &mut reached).await;
    for (role, token) in reached.iter().filter(|_| !args.json) {
        complain(&format!(
            "stopped; `almanac watch {role} --resume-token {token}` continues"
        ));
    }
    ended.map(|()| ExitCode::SUCCESS)
}

/// Prints what is told and keeps from where on each service would continue.
async fn print_all(
    messages: impl Stream<Item = Result<Told, (Role, Status)>>,
    json: bool,
    reached: &mut BTreeMap<&'static str, String>,
) -> anyhow::Result<()> {
    let mut messages = pin!(messages);
    while let Some(told) = messages.next().await {
        let told = match told {
            Ok(told) => told,
            Err((role, status)) => {
                reached.remove(role.name());
                return Err(anyhow::Error::new(status).context(format!("cannot watch {role}")));
            }
        };
        let lines = if json { vec![told.json()?] } else { told.lines };
        if !print(&lines)? {
            break;
        }
        reached.insert(told.role.name(), told.resume_token);
    }
    Ok(())
}

/// Prints lines at once; answers whether somebody still reads them.
fn print(lines: &[String]) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    for line in lines {
        match writeln!(out, "{line}").and_then(|()| out.flush()) {
            Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            written => written?,
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn asked(arguments: &[&str]) -> anyhow::Result<Vec<(Role, Vec<i32>)>> {
        let arguments = [&["watch"], arguments].concat();
        Command::try_parse_from(arguments)?.args.asked()
    }

    #[test]
    fn kinds_choose_their_services_and_services_all_kinds() {
        let all = asked(&[]).expect("all");
        let all: Vec<_> = all
            .into_iter()
            .map(|(role, kinds)| (role, kinds.len()))
            .collect();
        assert_eq!(all, Role::ALL.map(|role| (role, 0)));
        let kinds = ["--kind", "series", "--kind", "report", "--kind", "series"];
        let series = metrics::v1::RecordKind::Series as i32;
        let report = reporting::v1::RecordKind::Report as i32;
        assert_eq!(
            asked(&kinds).expect("two"),
            [
                (Role::Metrics, vec![series]),
                (Role::Reporting, vec![report])
            ]
        );
        let entity = registry::v1::RecordKind::Entity as i32;
        assert_eq!(
            asked(&["registry", "--kind", "entity"]).expect("one"),
            [(Role::Registry, vec![entity])]
        );
        let foreign = asked(&["registry", "--kind", "series"]).expect_err("not there");
        assert!(foreign.to_string().contains("kind of metrics"), "{foreign}");
    }

    #[test]
    fn a_resume_token_is_of_one_service_and_starts_exclude_each_other() {
        assert!(asked(&["--resume-token", "t"]).is_err());
        assert!(asked(&["metrics", "--resume-token", "t"]).is_ok());
        assert!(asked(&["metrics", "--resume-token", "t", "--earliest"]).is_err());
        let start = |arguments: &[&str]| {
            let arguments = [&["watch"], arguments].concat();
            let args = Command::try_parse_from(arguments).expect("it is good").args;
            args.start.start().and_then(|start| start.start)
        };
        assert_eq!(start(&[]), None);
        assert_eq!(start(&["--earliest"]), Some(Start::Earliest(true)));
        let after = start(&["--after-snapshot", "t"]);
        assert_eq!(after, Some(Start::AfterSnapshot("t".to_owned())));
    }
}
