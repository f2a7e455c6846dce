//! `almanac snapshot`: a token of the newest state.

use std::process::ExitCode;

use proto::{metrics, registry, reporting};
use tonic::{Code, Status};

use super::connect::Session;
use crate::output;
use crate::role::Role;

/// Prints a snapshot token of what the services know now.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tokens to merge with it, so that it is not older than any of them
    #[arg(value_name = "TOKEN")]
    tokens: Vec<String>,
}

/// Metrics and reporting come before the registry, which they follow: asked after it, they
/// might not have got as far yet as the registry is.
const ORDER: [Role; 3] = [Role::Metrics, Role::Reporting, Role::Registry];

/// Prints a token.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let mut tokens = args.tokens.clone();
    for role in ORDER {
        match ask(session, role, &tokens).await {
            Ok(token) => tokens = vec![token],
            // A server that does not play this role has no part in a token.
            Err(status) if status.code() == Code::Unimplemented => {}
            Err(status) => return Err(status.into()),
        }
    }
    output::print(&tokens.concat())?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(session: &Session, role: Role, tokens: &[String]) -> Result<String, Status> {
    let consistency = rpc::at_least_as_fresh(tokens.iter().cloned());
    Ok(match role {
        Role::Registry => {
            let request = registry::v1::GetSnapshotRequest { consistency };
            let answer = session.registry().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
        Role::Metrics => {
            let request = metrics::v1::GetSnapshotRequest { consistency };
            let answer = session.metrics().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
        Role::Reporting => {
            let request = reporting::v1::GetSnapshotRequest { consistency };
            let answer = session.reporting().get_snapshot(request).await?;
            answer.into_inner().snapshot
        }
    })
}
