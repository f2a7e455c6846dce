//! `almanac show`: one thing by its name.

mod definition;
mod entity;
mod fact;

use std::process::ExitCode;

use prost::Message;
use proto::metrics::v1::{
    GetClaimRequest, GetConceptRequest, GetIndicatorRequest, GetReleaseRequest, GetUnitRequest,
};
use proto::registry::v1::{GetEntityRequest, GetRelationRequest};
use proto::reporting::v1::{GetReportRequest, GetTemplateRequest};

use super::connect::Session;
use super::json;
use super::options::{Format, Reading};
use super::table::{self, Table};

/// Shows one thing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, `entities/china`; a bare id is looked for in every collection
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    reading: Reading,
}

/// Collections a bare id is looked for in, in this order.
const COLLECTIONS: [&str; 8] = [
    "entities",
    "indicators",
    "releases",
    "units",
    "concepts",
    "relations",
    "templates",
    "reports",
];

/// What is shown: properties, with the message behind them.
struct Shown {
    properties: Vec<(&'static str, String)>,
    json: anyhow::Result<String>,
}

impl Shown {
    fn new<M: Message>(properties: Vec<(&'static str, String)>, message: &M, name: &str) -> Self {
        Self {
            properties,
            json: json::write(message, name),
        }
    }
}

/// Shows what a name stands for.
pub async fn run(args: &Args, session: &Session) -> anyhow::Result<ExitCode> {
    let shown = find(args, session).await?;
    let mut table = Table::new(&["what", "value"]);
    for (what, value) in shown
        .properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        table.row([what.to_owned(), value]);
    }
    table::show(args.reading.format, "", &table, || shown.json)?;
    Ok(ExitCode::SUCCESS)
}

async fn find(args: &Args, session: &Session) -> anyhow::Result<Shown> {
    if args.name.contains('/') {
        return get(args, session, &args.name).await;
    }
    for collection in COLLECTIONS {
        let found = get(args, session, &format!("{collection}/{}", args.name)).await;
        let missing = found
            .as_ref()
            .err()
            .and_then(|error| error.downcast_ref::<tonic::Status>());
        if !missing.is_some_and(|status| status.code() == tonic::Code::NotFound) {
            return found;
        }
    }
    anyhow::bail!(
        "nothing has the id `{}`\n  what to do: `almanac search TEXT` finds entities by their names",
        args.name
    )
}

async fn get(args: &Args, session: &Session, name: &str) -> anyhow::Result<Shown> {
    let (name, at_snapshot) = (name.to_owned(), args.reading.at_snapshot.clone());
    let at_least_as_fresh = String::new();
    let with_lists = args.reading.format != Format::Json;
    match name.split('/').next().unwrap_or_default() {
        "entities" => {
            let request = GetEntityRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            let answer = session.registry().get_entity(request).await?.into_inner();
            entity::entity(
                session,
                &answer.entity.unwrap_or_default(),
                &args.reading.at_snapshot,
                with_lists,
            )
            .await
        }
        "relations" => {
            let request = GetRelationRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            Ok(entity::relation(
                &session
                    .registry()
                    .get_relation(request)
                    .await?
                    .into_inner()
                    .relation
                    .unwrap_or_default(),
            ))
        }
        "indicators" => {
            let request = GetIndicatorRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            Ok(definition::indicator(
                &session.metrics().get_indicator(request).await?.into_inner(),
            ))
        }
        "units" => {
            let request = GetUnitRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            Ok(definition::unit(
                &session
                    .metrics()
                    .get_unit(request)
                    .await?
                    .into_inner()
                    .unit
                    .unwrap_or_default(),
            ))
        }
        "concepts" => {
            let request = GetConceptRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            Ok(definition::concept(
                &session.metrics().get_concept(request).await?.into_inner(),
            ))
        }
        "releases" => {
            let request = GetReleaseRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            Ok(fact::release(
                &session
                    .metrics()
                    .get_release(request)
                    .await?
                    .into_inner()
                    .release
                    .unwrap_or_default(),
            ))
        }
        "lines" if name.contains("/claims/") => {
            let request = GetClaimRequest {
                name,
                at_snapshot,
                at_least_as_fresh,
            };
            let answer = session.metrics().get_claim(request).await?.into_inner();
            fact::claim(session, &answer, &args.reading.at_snapshot).await
        }
        "templates" => {
            let request = GetTemplateRequest { name, revision: 0 };
            Ok(fact::template(
                &session
                    .reporting()
                    .get_template(request)
                    .await?
                    .into_inner()
                    .template
                    .unwrap_or_default(),
            ))
        }
        "reports" => {
            let request = GetReportRequest { name };
            Ok(fact::report(
                &session
                    .reporting()
                    .get_report(request)
                    .await?
                    .into_inner()
                    .report
                    .unwrap_or_default(),
            ))
        }
        _ => anyhow::bail!(
            "`{name}` is not a name: they begin with {}, or lines/LINE/claims/CLAIM",
            COLLECTIONS.join("/, ") + "/"
        ),
    }
}
