//! The vocabulary: what the registry may say.

mod usage;

use std::collections::HashSet;

use rpc::{Error, Fields, Reason, Result};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};

use crate::feed::{Change, ChangeType};
use crate::identifier::Validator;
use crate::number::numbered;
use crate::record;
use crate::version::{self, NOW};
use crate::write::Write;

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
            AttributeType::Url if !crate::identifier::is_url(value) => refuse(
                Reason::FieldInvalid,
                "is not an absolute http or https URL of at most 2,000 characters".to_owned(),
            ),
            _ => Ok(value.to_owned()),
        }
    }

    /// Refuses ids that stand twice and names of parts that are not there.
    pub(crate) fn check(&self) -> Result<()> {
        let mut fields = Fields::new();
        unique(&mut fields, "kinds", "id", self.kinds.iter().map(|k| &k.id));
        unique(
            &mut fields,
            "predicates",
            "id",
            self.predicates.iter().map(|p| &p.id),
        );
        unique(
            &mut fields,
            "schemes",
            "id",
            self.schemes.iter().map(|s| &s.id),
        );
        unique(
            &mut fields,
            "code_lists",
            "id",
            self.code_lists.iter().map(|l| &l.id),
        );
        for (i, list) in self.code_lists.iter().enumerate() {
            let path = format!("code_lists[{i}].codes");
            unique(&mut fields, &path, "id", list.codes.iter().map(|c| &c.id));
        }
        let lists: HashSet<_> = self
            .code_lists
            .iter()
            .map(|list| list.id.as_str())
            .collect();
        for (i, kind) in self.kinds.iter().enumerate() {
            let path = format!("kinds[{i}].attributes");
            unique(
                &mut fields,
                &path,
                "key",
                kind.attributes.iter().map(|a| &a.key),
            );
            for (j, attribute) in kind.attributes.iter().enumerate() {
                let list = attribute.code_list.as_str();
                if !list.is_empty() && !lists.contains(list) {
                    let message =
                        format!("`{}` is not a code list of this vocabulary", shown(list));
                    fields.refuse(
                        Reason::VocabularyUnknown,
                        format!("{path}[{j}].code_list"),
                        message,
                    );
                }
            }
        }
        self.check_predicates(&mut fields);
        fields.finish()
    }

    fn check_predicates(&self, fields: &mut Fields) {
        let kinds: HashSet<_> = self.kinds.iter().map(|kind| kind.id.as_str()).collect();
        for (i, predicate) in self.predicates.iter().enumerate() {
            let ends = [
                ("subject_kinds", &predicate.subject_kinds),
                ("object_kinds", &predicate.object_kinds),
            ];
            for (end, named) in ends {
                for (j, kind) in named.iter().enumerate() {
                    if !kinds.contains(kind.as_str()) {
                        let message = format!("`{}` is not a kind of this vocabulary", shown(kind));
                        let path = format!("predicates[{i}].{end}[{j}]");
                        fields.refuse(Reason::VocabularyUnknown, path, message);
                    }
                }
            }
        }
    }
}

fn unique<'a>(fields: &mut Fields, path: &str, key: &str, ids: impl Iterator<Item = &'a String>) {
    let mut seen = HashSet::new();
    for (i, id) in ids.enumerate() {
        if !seen.insert(id) {
            let message = format!("`{}` stands twice", shown(id));
            fields.refuse(Reason::FieldInvalid, format!("{path}[{i}].{key}"), message);
        }
    }
}

/// The beginning of a text, short enough for an error.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    (1..=38).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[derive(FromQueryResult)]
struct Row {
    body: String,
}

/// The vocabulary in force at `commit`; an empty one before the first.
pub(crate) async fn at(db: &impl ConnectionTrait, commit: i64) -> Result<Vocabulary> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT body FROM vocabulary WHERE from_commit <= $1 AND until_commit > $1",
        [commit.into()],
    );
    match Row::find_by_statement(read).one(db).await? {
        Some(row) => record::read(&row.body),
        None => Ok(Vocabulary::default()),
    }
}

/// Puts `new` in the place of the vocabulary in force. Answers whether that is a change.
pub(crate) async fn apply(write: &mut Write, new: &Vocabulary) -> Result<bool> {
    new.check().map_err(|error| error.within("vocabulary"))?;
    let db = write.db();
    let old = at(db, NOW).await?;
    if old == *new {
        return Ok(false);
    }
    usage::check(db, &old, new).await?;
    let close = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "UPDATE vocabulary SET until_commit = $1 WHERE until_commit = {}",
            version::OPEN
        ),
        [write.commit.number.into()],
    );
    db.execute_raw(close).await?;
    let rows = vec![[record::write(new)?.into()]];
    version::insert(db, "vocabulary", ["body"], (write.commit, rows)).await?;
    let first = old == Vocabulary::default();
    write.note(Change {
        name: "vocabulary".to_owned(),
        change_type: if first {
            ChangeType::Created
        } else {
            ChangeType::Updated
        },
        kind: String::new(),
    });
    Ok(true)
}
