//! As-of, and where a statement goes: the rules of vintages, without a database.
//!
//! A source series has for each period a history of versions. Only changes are stored, so a
//! complete release that repeats a figure leaves it implicit. When an older release is
//! ingested later and changes that figure, the newer one would seem to follow the change:
//! what it had left implicit must be written first. Then the order of ingesting does not
//! matter.

use crate::claim::Statement;

/// One version of a figure: what a release said, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From when on it counts as known.
    pub known_at: i64,
    /// The commit that recorded it.
    pub commit: i64,
    /// The release commit it stands on.
    pub release_commit: i64,
    /// What it says.
    pub statement: Statement,
}

impl Version {
    fn order(&self) -> (i64, i64, i64) {
        (self.known_at, self.commit, self.release_commit)
    }
}

/// The version in force at `as_of`; a withdrawal is in force too. A version that says the
/// same as the one before it is redundant, so the first of such a run is in force: which of
/// them were stored depends on the order of loading, which one was first does not.
pub fn in_force(history: &[Version], as_of: i64) -> Option<&Version> {
    let mut known: Vec<_> = history.iter().filter(|v| v.known_at <= as_of).collect();
    known.sort_unstable_by_key(|version| version.order());
    let latest = known.last()?;
    let same = |version: &&&Version| version.statement.says_the_same(&latest.statement);
    known.iter().rev().take_while(same).last().copied()
}

/// The latest version at `as_of`, redundant or not.
pub fn latest(history: &[Version], as_of: i64) -> Option<&Version> {
    history
        .iter()
        .filter(|version| version.known_at <= as_of)
        .max_by_key(|version| version.order())
}

/// What recording a statement takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    /// The statement changes what is in force, so it is written.
    pub write: bool,
    /// It says the same in another spelling.
    pub respelled: bool,
    /// What the next complete release had left implicit and must now state.
    pub carry: Option<Statement>,
}

/// Decides what recording `statement` of a release known at `known_at` takes, given the
/// history of its source series and period. `next_complete` is when the next ingested complete
/// release over this observation became known.
pub fn place(
    history: &[Version],
    known_at: i64,
    statement: &Statement,
    next_complete: Option<i64>,
) -> Placement {
    let before = in_force(history, known_at);
    if let Some(unchanged) = unchanged(before, statement) {
        return unchanged;
    }
    let carry = next_complete.and_then(|next| {
        let then = latest(history, next);
        let stated_since = then.is_some_and(|version| version.known_at > known_at);
        (!stated_since).then(|| match then {
            Some(version) => version.statement.clone(),
            None => Statement::withdrawal(statement.nature),
        })
    });
    Placement {
        write: true,
        respelled: false,
        carry,
    }
}

fn unchanged(before: Option<&Version>, statement: &Statement) -> Option<Placement> {
    let same = match before {
        None => statement.is_withdrawal(),
        Some(version) => version.statement.says_the_same(statement),
    };
    let respelled = || {
        let old = before.and_then(|version| version.statement.quantity.as_ref());
        let new = statement.quantity.as_ref();
        old.zip(new).is_some_and(|(old, new)| old.respelled(new))
    };
    same.then(|| Placement {
        write: false,
        respelled: respelled(),
        carry: None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(number: u8) -> Statement {
        let draft = figure::QuantityDraft {
            number: number.to_string(),
            ..Default::default()
        };
        Statement {
            quantity: Some(draft.build().unwrap()),
            ..Statement::withdrawal(1)
        }
    }

    /// What one complete release says of an observation: a small number, or nothing.
    fn said() -> impl Strategy<Value = Option<u8>> {
        prop_oneof![Just(None), (1u8..4).prop_map(Some)]
    }

    /// Ingests complete releases, known at 10, 20, …, in an order; one observation each.
    fn load(releases: &[Option<u8>], order: &[usize]) -> Vec<Version> {
        let mut history: Vec<Version> = Vec::new();
        let mut loaded: Vec<i64> = Vec::new();
        for (commit, at) in order.iter().enumerate() {
            let known_at = (*at as i64 + 1) * 10;
            let statement = releases[*at].map_or(Statement::withdrawal(1), value);
            let next = loaded.iter().copied().filter(|t| *t > known_at).min();
            let placement = place(&history, known_at, &statement, next);
            let version = |known_at, statement| Version {
                known_at,
                commit: commit as i64,
                release_commit: 0,
                statement,
            };
            if let Some((next, carried)) = next.zip(placement.carry) {
                history.push(version(next, carried));
            }
            if placement.write {
                history.push(version(known_at, statement));
            }
            loaded.push(known_at);
        }
        history
    }

    /// What is in force after each release, and since which one.
    fn answers(history: &[Version], count: usize) -> Vec<Option<(i64, Statement)>> {
        let at = |i: usize| in_force(history, (i as i64 + 1) * 10);
        let live = |version: &&Version| !version.statement.is_withdrawal();
        let answer = |version: &Version| (version.known_at, version.statement.clone());
        (0..count).map(|i| at(i).filter(live).map(answer)).collect()
    }

    /// The same, by the releases alone.
    fn expected(releases: &[Option<u8>]) -> Vec<Option<(i64, Statement)>> {
        let mut since = 0;
        let answer = |i: usize| {
            if i == 0 || releases[i] != releases[i - 1] {
                since = (i as i64 + 1) * 10;
            }
            releases[i].map(|number| (since, value(number)))
        };
        (0..releases.len()).map(answer).collect()
    }

    proptest! {
        #[test]
        fn the_order_of_loading_does_not_matter(
            (releases, order) in prop::collection::vec(said(), 1..7).prop_flat_map(|releases| {
                let order: Vec<usize> = (0..releases.len()).collect();
                (Just(releases), Just(order).prop_shuffle())
            }),
        ) {
            let in_time: Vec<_> = (0..releases.len()).collect();
            let expected = expected(&releases);
            prop_assert_eq!(&answers(&load(&releases, &in_time), releases.len()), &expected);
            prop_assert_eq!(&answers(&load(&releases, &order), releases.len()), &expected);
        }
    }

    #[test]
    fn a_respelled_number_writes_nothing_and_is_counted() {
        let draft = figure::QuantityDraft {
            number: "2.0".into(),
            ..Default::default()
        };
        let respelled = Statement {
            quantity: Some(draft.build().unwrap()),
            ..Statement::withdrawal(1)
        };
        let before = [Version {
            known_at: 1,
            commit: 1,
            release_commit: 1,
            statement: value(2),
        }];
        let placement = place(&before, 5, &respelled, None);
        assert_eq!((placement.write, placement.respelled), (false, true));
    }

    #[test]
    fn withdrawing_what_was_never_said_writes_nothing() {
        assert_eq!(
            place(&[], 5, &Statement::withdrawal(1), Some(9)),
            Placement::default()
        );
    }
}
