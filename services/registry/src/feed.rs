//! The feed of changes, in commit order.

use rpc::Result;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use store::Commit;

use crate::number::numbered;

/// Most changes of one message.
const MOST: usize = 500;

numbered! {
    /// What happened to a record.
    pub(crate) enum ChangeType {
        Created = 1,
        Updated = 2,
        Deleted = 3,
    }
}

/// A record changed.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Resource name, or `vocabulary`.
    pub name: String,
    pub change_type: ChangeType,
    /// Kind of an entity.
    pub kind: String,
}

/// How far a follower has read: all changes up to this one of this commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub commit: i64,
    pub ordinal: i64,
}

impl Position {
    /// Before the first commit.
    pub(crate) const START: Self = Self::through(0);

    /// After all of `commit`.
    pub(crate) const fn through(commit: i64) -> Self {
        Self {
            commit,
            ordinal: i64::MAX,
        }
    }
}

/// Changes that follow a position, and how far they reach.
pub(crate) struct Portion {
    pub changes: Vec<Change>,
    pub reached: Position,
    /// Nothing is left up to the commit that was asked for.
    pub complete: bool,
}

#[derive(FromQueryResult)]
struct Row {
    commit_number: i64,
    ordinal: i64,
    name: String,
    r#type: i64,
    kind: String,
}

/// Records the changes of a commit.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    commit: Commit,
    changes: &[Change],
) -> Result<()> {
    const ROWS: usize = 1000;
    for (chunk, part) in changes.chunks(ROWS).enumerate() {
        let tuples: Vec<_> = (0..part.len())
            .map(|i| {
                let (ordinal, value) = (chunk * ROWS + i, 2 + 3 * i);
                format!("($1, {ordinal}, ${value}, ${}, ${})", value + 1, value + 2)
            })
            .collect();
        let sql = format!(
            "INSERT INTO change (commit_number, ordinal, name, type, kind) VALUES {}",
            tuples.join(", ")
        );
        let values = part.iter().flat_map(|change| {
            let change_type = i64::from(change.change_type as i32);
            [
                change.name.clone().into(),
                change_type.into(),
                change.kind.clone().into(),
            ]
        });
        let values = std::iter::once(Value::from(commit.number)).chain(values);
        let insert = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(insert).await?;
    }
    Ok(())
}

/// The next changes after `position`, up to and with `newest`.
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    position: Position,
    newest: i64,
) -> Result<Portion> {
    let read = Statement::from_sql_and_values(
        db.get_database_backend(),
        format!(
            "SELECT commit_number, ordinal, name, type, kind FROM change \
             WHERE (commit_number, ordinal) > ($1, $2) AND commit_number <= $3 \
             ORDER BY commit_number, ordinal LIMIT {MOST}"
        ),
        [
            position.commit.into(),
            position.ordinal.into(),
            newest.into(),
        ],
    );
    let rows = Row::find_by_statement(read).all(db).await?;
    let complete = rows.len() < MOST;
    let reached = match rows.last() {
        Some(last) if !complete => Position {
            commit: last.commit_number,
            ordinal: last.ordinal,
        },
        _ => Position::through(newest.max(position.commit)),
    };
    let changes = rows.into_iter().map(change).collect::<Result<_>>()?;
    Ok(Portion {
        changes,
        reached,
        complete,
    })
}

fn change(row: Row) -> Result<Change> {
    let number = i32::try_from(row.r#type).unwrap_or_default();
    let change_type = ChangeType::try_from(number)
        .map_err(|cause| rpc::Error::internal(anyhow::anyhow!("type of a change {cause}")))?;
    Ok(Change {
        name: row.name,
        change_type,
        kind: row.kind,
    })
}
