//! Starting a run: check, pin, record, answer.

use std::collections::BTreeMap;

use proto::longrunning::Operation as Answer;
use rpc::{Consistency, Error, Fields, Part, Reason, Result, Token};
use store::commit;
use store::replay::RequestId;

use crate::compose::declared;
use crate::convert;
use crate::operation::{self, Operation};
use crate::parameter::{self, Kind};
use crate::report::Recipe;
use crate::{Reporting, template};

/// What somebody asks to be made.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) template: String,
    /// Nothing for the newest.
    pub(crate) template_revision: Option<i64>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) consistency: Consistency,
    /// Edition to make; empty for the language of the template.
    pub(crate) language: String,
    /// What the sources had said by then, in microseconds since 1970-01-01 UTC; nothing for
    /// all they have said.
    pub(crate) as_of: Option<i64>,
    /// Only whether it could be made.
    pub(crate) validate_only: bool,
    pub(crate) request_id: Option<RequestId>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Begun {
    /// A run that is recorded.
    Run(Operation),
    /// A run that would be, and that nobody keeps.
    Check(Operation),
}

/// Starts a run. It is recorded before it is answered; a repeated request answers with the
/// run of the first one.
pub(crate) async fn start(reporting: &Reporting, wanted: Wanted) -> Result<Begun> {
    if let Some(before) = answered_before(reporting, wanted.request_id.as_ref()).await? {
        return Ok(Begun::Run(before));
    }
    let commit = pinned_commit(reporting, &wanted).await?;
    let revision = wanted.template_revision;
    let db = reporting.store.reader();
    let saved = template::find(db, &wanted.template, revision, commit).await?;
    let content = convert::template::content(&saved)?;
    let parameters = declared(&content);
    let mut fields = Fields::new();
    let edition = fields.take("", convert::template::edition(&content, &wanted.language));
    let values = fields.take("", parameter::resolve(&parameters, &wanted.parameters));
    fields.finish()?;
    let (edition, values) = (edition.unwrap_or_default(), values.unwrap_or_default());
    let snapshot = pin(reporting, &wanted.consistency).await?;
    let entities = parameters
        .iter()
        .filter(|one| one.kind == Kind::Entity)
        .map(|one| one.key.as_str());
    check_entities(reporting, &snapshot, entities, &values).await?;
    let recipe = Recipe {
        template: saved.id,
        template_revision: saved.revision,
        language: edition.language,
        parameters: values,
        snapshot,
        as_of: wanted.as_of,
    };
    if wanted.validate_only {
        return Ok(Begun::Check(Operation::checked(&recipe)?));
    }
    let begun = record(reporting, &recipe, wanted.request_id.as_ref()).await?;
    reporting.wake.notify_one();
    Ok(Begun::Run(begun))
}

async fn answered_before(
    reporting: &Reporting,
    request_id: Option<&RequestId>,
) -> Result<Option<Operation>> {
    let Some(request_id) = request_id else {
        return Ok(None);
    };
    let txn = reporting.store.begin().await?;
    match request_id.answered::<Answer>(&txn).await? {
        Some(answer) => Ok(Some(
            operation::find(&txn, convert::operation::id(&answer.name)?).await?,
        )),
        None => Ok(None),
    }
}

async fn record(
    reporting: &Reporting,
    recipe: &Recipe,
    request_id: Option<&RequestId>,
) -> Result<Operation> {
    let txn = reporting.store.begin().await?;
    // A second request with the same id waits for the first.
    commit::hold(&txn).await?;
    if let Some(request_id) = request_id
        && let Some(answer) = request_id.answered::<Answer>(&txn).await?
    {
        return operation::find(&txn, convert::operation::id(&answer.name)?).await;
    }
    let begun = operation::create(&txn, recipe).await?;
    if let Some(request_id) = request_id {
        let answer = Answer {
            name: convert::operation::name(&begun.id),
            ..Answer::default()
        };
        request_id.keep(&txn, &answer).await?;
    }
    txn.commit().await?;
    Ok(begun)
}

/// The commit of this service that the template is read at: that of the snapshot where it
/// names one and no revision is asked for. A run needs to know the other two exactly.
async fn pinned_commit(reporting: &Reporting, wanted: &Wanted) -> Result<i64> {
    let asked = &wanted.consistency;
    if asked.tokens().is_empty() {
        return Ok(i64::MAX);
    }
    asked.check(reporting.state().await?.newest())?;
    let Consistency::At(token) = asked else {
        return Ok(i64::MAX);
    };
    for (part, service) in [(Part::Registry, "the registry"), (Part::Metrics, "metrics")] {
        if token.part(part).is_none() {
            let message = format!(
                "says nothing about {service}: use a token from an answer of metrics, or of a report"
            );
            let field = "consistency.at_snapshot";
            return Err(Error::field(Reason::SnapshotTokenInvalid, field, message));
        }
    }
    let own = token.part(Part::Reporting).map(|stamp| stamp.commit());
    let own = own.filter(|_| wanted.template_revision.is_none());
    Ok(own.unwrap_or(i64::MAX))
}

/// The snapshot of the run: the one that was asked for, or that of now. It names the two
/// services that the report is made from, so that the same figures are the same report.
async fn pin(reporting: &Reporting, asked: &Consistency) -> Result<String> {
    let token = match asked {
        Consistency::At(token) => *token,
        Consistency::Newest | Consistency::AtLeast(_) => {
            let now = reporting.peers.now(asked.tokens()).await?;
            let broken = || Error::internal(anyhow::anyhow!("metrics sent no snapshot"));
            Token::decode(&now).ok_or_else(broken)?
        }
    };
    Ok(token.with(Part::Reporting, None).encode())
}

/// Refuses entities that do not exist, and before that a token that either service refuses.
async fn check_entities(
    reporting: &Reporting,
    snapshot: &str,
    keys: impl Iterator<Item = &str>,
    values: &BTreeMap<String, String>,
) -> Result<()> {
    let mut pinned = reporting.peers.at(snapshot);
    pinned.reach().await?;
    let mut fields = Fields::new();
    for key in keys {
        let value = values.get(key).map(String::as_str).unwrap_or_default();
        if pinned.entity(value).await?.is_none() {
            fields.refuse(
                Reason::ParameterInvalid,
                parameter::path(key),
                format!("there is no entity {value}"),
            );
        }
    }
    fields.finish()
}
