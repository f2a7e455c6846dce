//! The vocabulary: what the registry may say.

mod usage;

use proto::registry::v1::RecordKind;
use proto::snapshot::v1::ChangeType;
use rpc::{Error, Reason, Result, Violation};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};

use crate::identifier::{LONGEST_URL, Validator, is_url};
use crate::number::numbered;
use crate::record;
use crate::version::{self, NOW};
use crate::write::Write;

/// Resource name of the vocabulary.
const NAME: &str = "vocabulary";
/// Longest attribute without a stricter form, in characters.
const LONGEST_TEXT: usize = 1000;

/// Kinds, predicates, identifier schemes and code lists, as applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vocabulary {
    pub kinds: Vec<Kind>,
    pub predicates: Vec<Predicate>,
    pub schemes: Vec<Scheme>,
    pub code_lists: Vec<CodeList>,
}

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Label {
    pub text: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// A class of entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kind {
    pub id: String,
    pub labels: Vec<Label>,
    pub attributes: Vec<Attribute>,
    pub citable: bool,
}

/// An attribute that a kind declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub key: String,
    pub labels: Vec<Label>,
    #[serde(rename = "type")]
    pub attribute_type: AttributeType,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code_list: String,
}

numbered! {
    /// The form of an attribute's values.
    pub(crate) enum AttributeType {
        Text = 1,
        Code = 2,
        Period = 3,
        Integer = 4,
        Decimal = 5,
        Url = 6,
    }
}

/// A kind of relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Predicate {
    pub id: String,
    pub labels: Vec<Label>,
    pub inverse_labels: Vec<Label>,
    pub transitive: bool,
    pub acyclic: bool,
    pub functional: bool,
    pub subject_kinds: Vec<String>,
    pub object_kinds: Vec<String>,
}

/// A family of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scheme {
    pub id: String,
    pub labels: Vec<Label>,
    pub validator: Validator,
    pub unique: bool,
}

/// A closed list of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeList {
    pub id: String,
    pub labels: Vec<Label>,
    pub codes: Vec<Code>,
}

/// One code of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub id: String,
    pub labels: Vec<Label>,
}

impl Vocabulary {
    /// The kind with this id.
    pub(crate) fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The predicate with this id.
    pub(crate) fn predicate(&self, id: &str) -> Option<&Predicate> {
        self.predicates.iter().find(|predicate| predicate.id == id)
    }

    /// The identifier scheme with this id.
    pub(crate) fn scheme(&self, id: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.id == id)
    }

    /// Whether entities of this kind may be cited.
    pub(crate) fn citable(&self, kind: &str) -> bool {
        self.kind(kind).is_some_and(|kind| kind.citable)
    }

    fn has_code(&self, list: &str, code: &str) -> bool {
        let list = self.code_lists.iter().find(|l| l.id == list);
        list.is_some_and(|list| list.codes.iter().any(|c| c.id == code))
    }

    /// The value of an attribute in its canonical form, or why it is refused.
    pub(crate) fn attribute_value(&self, attribute: &Attribute, value: &str) -> Result<String> {
        let refuse = |reason, message: String| Err(Error::field(reason, "value", message));
        match attribute.attribute_type {
            AttributeType::Code if !self.has_code(&attribute.code_list, value) => refuse(
                Reason::VocabularyUnknown,
                format!(
                    "`{value}` is not a code of the list {}",
                    attribute.code_list
                ),
            ),
            AttributeType::Period => match value.parse::<figure::Period>() {
                Ok(period) => Ok(period.to_string()),
                Err(cause) => refuse(Reason::PeriodInvalid, cause.to_string()),
            },
            AttributeType::Integer if !is_integer(value) => refuse(
                Reason::NumberInvalid,
                format!(
                    "`{}` is not a whole number of at most 38 digits",
                    shown(value)
                ),
            ),
            AttributeType::Decimal => match value.parse::<figure::Decimal>() {
                Ok(_) => Ok(value.to_owned()),
                Err(cause) => refuse(Reason::NumberInvalid, cause.to_string()),
            },
            AttributeType::Url if !is_short_url(value) => refuse(
                Reason::FieldInvalid,
                "is not an absolute http or https URL of at most 2,000 characters".to_owned(),
            ),
            AttributeType::Text if value.chars().count() > LONGEST_TEXT => refuse(
                Reason::FieldInvalid,
                format!("has more than {LONGEST_TEXT} characters"),
            ),
            _ => Ok(value.to_owned()),
        }
    }
}

/// The beginning of a text, short enough for an error.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn is_short_url(value: &str) -> bool {
    is_url(value) && value.chars().count() <= LONGEST_URL
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    (1..=38).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[derive(FromQueryResult)]
struct Row {
    updated_at: i64,
    body: String,
}

/// A vocabulary with the time at which it was applied.
#[derive(Debug, Default)]
pub(crate) struct Versioned {
    pub content: Vocabulary,
    /// 0 before one was applied.
    updated_at: i64,
}

impl Versioned {
    /// Changes with every change.
    pub(crate) fn etag(&self) -> String {
        etag(self.updated_at)
    }

    fn match_etag(&self, etag: &str) -> Result<()> {
        if etag.is_empty() || etag == self.etag() {
            return Ok(());
        }
        let message = "the vocabulary was changed since you read it; read it again";
        let stale = Violation::new(Reason::EtagMismatch, "vocabulary.etag", message);
        Err(stale.about(NAME).into())
    }
}

fn etag(updated_at: i64) -> String {
    record::etag(NAME, updated_at)
}

/// The vocabulary in force at `commit`; an empty one before the first.
pub(crate) async fn at(db: &impl ConnectionTrait, commit: i64) -> Result<Vocabulary> {
    Ok(versioned(db, commit).await?.content)
}

/// The vocabulary in force at `commit`, with its etag.
pub(crate) async fn versioned(db: &impl ConnectionTrait, commit: i64) -> Result<Versioned> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT updated_at, body FROM vocabulary WHERE from_commit <= $1 AND until_commit > $1",
        [commit.into()],
    );
    match Row::find_by_statement(read).one(db).await? {
        Some(row) => Ok(Versioned {
            content: record::read(&row.body)?,
            updated_at: row.updated_at,
        }),
        None => Ok(Versioned::default()),
    }
}

/// What became of a vocabulary.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// It differs from the one that was in force.
    pub changed: bool,
    /// Etag of the one in force after the write.
    pub etag: String,
}

/// Puts `new` in the place of the vocabulary in force, which must have the etag that is given.
pub(crate) async fn apply(write: &mut Write, new: &Vocabulary, etag: &str) -> Result<Applied> {
    let db = write.db();
    let old = versioned(db, NOW).await?;
    old.match_etag(etag)?;
    if old.content == *new {
        return Ok(Applied {
            changed: false,
            etag: old.etag(),
        });
    }
    usage::check(db, &old.content, new).await?;
    let close = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "UPDATE vocabulary SET until_commit = $1 WHERE until_commit = {}",
            version::OPEN
        ),
        [write.commit.number.into()],
    );
    db.execute_raw(close).await?;
    let updated_at = write.commit.committed_at;
    let rows = vec![[updated_at.into(), record::write(new)?.into()]];
    let columns = ["updated_at", "body"];
    version::insert(db, "vocabulary", columns, (write.commit, rows)).await?;
    let change_type = match old.updated_at {
        0 => ChangeType::Created,
        _ => ChangeType::Updated,
    };
    let etag = self::etag(updated_at);
    write.note(
        (RecordKind::Vocabulary, change_type),
        (NAME.to_owned(), etag.clone()),
        String::new(),
    );
    let in_force = if write.checks_only() {
        old.etag()
    } else {
        etag
    };
    Ok(Applied {
        changed: true,
        etag: in_force,
    })
}
