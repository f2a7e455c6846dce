//! Starting a run: check, pin, record, answer.

use std::collections::BTreeMap;

use prost::Message as _;
use proto::longrunning::Operation as Answer;
use proto::reporting::v1 as pb;
use rpc::{Error, Fields, Reason, Result, Token};
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
    /// Empty for now.
    pub(crate) at_snapshot: String,
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
    let saved = template::find(
        reporting.store.reader(),
        &wanted.template,
        wanted.template_revision,
    )
    .await?;
    let content = pb::Template::decode(saved.body.as_slice()).map_err(Error::internal)?;
    let parameters = declared(&content);
    let values = parameter::resolve(&parameters, &wanted.parameters)?;
    let snapshot = pin(reporting, &wanted.at_snapshot).await?;
    let entities = parameters
        .iter()
        .filter(|one| one.kind == Kind::Entity)
        .map(|one| one.key.as_str());
    check_entities(reporting, &snapshot, entities, &values).await?;
    let recipe = Recipe {
        template: saved.id,
        template_revision: saved.revision,
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
    // The number makes a second request with the same id wait for the first.
    commit::next(&txn, "").await?;
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

/// The snapshot of the run: the one that was asked for, or that of now.
async fn pin(reporting: &Reporting, at_snapshot: &str) -> Result<String> {
    if at_snapshot.is_empty() {
        return reporting.peers.now().await;
    }
    match Token::decode(at_snapshot) {
        Some(token) => Ok(token.encode()),
        None => Err(Error::field(
            Reason::SnapshotTokenInvalid,
            "at_snapshot",
            "is not a snapshot token, or is damaged; pass it on as you got it",
        )),
    }
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
