//! Starting a run: check, pin, record, answer.

use std::collections::BTreeMap;

use proto::longrunning::Operation as Answer;
use rpc::{Error, Fields, Part, Reason, Result, Snapshot, Token};
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
    pub(crate) snapshot: Snapshot,
    /// Edition to make; empty for the language of the template.
    pub(crate) language: String,
    /// What the sources had said by then, in microseconds since 1970-01-01 UTC; nothing for
    /// all they have said.
    pub(crate) as_of: Option<i64>,
    pub(crate) request_id: Option<RequestId>,
}

/// Starts a run. It is recorded before it is answered; a repeated request answers with the
/// run of the first one.
pub(crate) async fn start(reporting: &Reporting, wanted: Wanted) -> Result<Operation> {
    if let Some(before) = answered_before(reporting, wanted.request_id.as_ref()).await? {
        return Ok(before);
    }
    let commit = pinned_commit(reporting, &wanted).await?;
    let revision = wanted.template_revision;
    let db = reporting.store.reader();
    let saved = template::find(db, &wanted.template, revision, commit).await?;
    let content = convert::template::content(&saved)?;
    let edition = convert::template::edition(&content, &wanted.language)?;
    let parameters = declared(&content);
    let values = parameter::resolve(&parameters, &wanted.parameters)?;
    let snapshot = pin(reporting, wanted.snapshot).await?;
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
    let begun = record(reporting, &recipe, wanted.request_id.as_ref()).await?;
    reporting.wake.notify_one();
    Ok(begun)
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
    let asked = wanted.snapshot;
    if asked == Snapshot::Now {
        return Ok(i64::MAX);
    }
    let newest = commit::newest(reporting.store.reader()).await?.number;
    asked.check(reporting.installation().await?, Part::Reporting, newest)?;
    asked.require(Part::Registry)?;
    asked.require(Part::Metrics)?;
    let token = match asked {
        Snapshot::At(token) if wanted.template_revision.is_none() => token.reporting,
        _ => None,
    };
    Ok(token.unwrap_or(i64::MAX))
}

/// The snapshot of the run: the one that was asked for, or that of now. It names the two
/// services that the report is made from, so that the same figures are the same report.
async fn pin(reporting: &Reporting, asked: Snapshot) -> Result<String> {
    let token = match asked {
        Snapshot::At(token) => token,
        Snapshot::Now | Snapshot::AtLeast(_) => {
            let fresh = asked.token().map(|token| token.encode());
            let now = reporting.peers.now(&fresh.unwrap_or_default()).await?;
            let broken = || Error::internal(anyhow::anyhow!("metrics sent no snapshot"));
            Token::decode(&now).ok_or_else(broken)?
        }
    };
    Ok(token.with(Part::Reporting, None).encode())
}

/// Refuses entities that do not exist; reading also refuses a token of somewhere else.
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
