//! How well a text fits an entity. Whole numbers only, so that it is the same everywhere.

use crate::entity::Entity;
use crate::fold;

/// Highest score of a name that starts with the text, and how far it sinks with length.
const STARTS: (i32, usize) = (80, 19);
const CONTAINS: (i32, usize) = (60, 19);
/// Highest score of a similar name.
const SIMILAR: usize = 59;
/// Hundredths of their grams that similar names have in common at least.
const LEAST_COMMON: usize = 40;

/// Why an entity matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    EqualIdentifier,
    EqualName,
    NameStartsWith,
    NameContains,
    SimilarName,
}

/// How well, by which name or identifier, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rank {
    pub score: i32,
    pub matched: String,
    pub why: Why,
}

/// The best rank among identifiers and names; nothing if none matches.
pub(super) fn rank(entity: &Entity, text: &str, folded: &str) -> Option<Rank> {
    let equal = entity.identifiers.iter().find(|i| i.value == text);
    if let Some(identifier) = equal {
        return Some(Rank {
            score: 100,
            matched: identifier.value.clone(),
            why: Why::EqualIdentifier,
        });
    }
    by_name(entity, folded)
}

/// The best rank among the names.
pub(super) fn by_name(entity: &Entity, folded: &str) -> Option<Rank> {
    let mut best: Option<Rank> = None;
    for name in &entity.names {
        let Some((score, why)) = compare(&fold::fold(&name.text), folded) else {
            continue;
        };
        if best.as_ref().is_none_or(|best| score > best.score) {
            best = Some(Rank {
                score,
                matched: name.text.clone(),
                why,
            });
        }
    }
    best
}

/// How well a text fits one name, both folded.
fn compare(name: &str, text: &str) -> Option<(i32, Why)> {
    let covered = |(base, range): (i32, usize)| {
        let part = range * text.chars().count() / name.chars().count().max(1);
        base + i32::try_from(part).unwrap_or_default()
    };
    if name == text {
        Some((100, Why::EqualName))
    } else if name.starts_with(text) {
        Some((covered(STARTS), Why::NameStartsWith))
    } else if name.contains(text) {
        Some((covered(CONTAINS), Why::NameContains))
    } else {
        similarity(name, text).map(|score| (score, Why::SimilarName))
    }
}

/// Twice the grams in common over all grams.
fn similarity(name: &str, text: &str) -> Option<i32> {
    let (a, b) = (fold::trigrams(name), fold::trigrams(text));
    let common = 2 * a.intersection(&b).count();
    let all = a.len() + b.len();
    if all == 0 || common * 100 < all * LEAST_COMMON {
        return None;
    }
    i32::try_from(SIMILAR * common / all).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nearer_names_score_higher() {
        assert_eq!(compare("china", "china"), Some((100, Why::EqualName)));
        assert_eq!(compare("北京市", "北京"), Some((92, Why::NameStartsWith)));
        assert_eq!(compare("中国北京", "北京"), Some((69, Why::NameContains)));
        assert_eq!(compare("jiangsu", "jiangxu"), Some((35, Why::SimilarName)));
        assert_eq!(compare("jiangsu", "guangdong"), None);
        assert_eq!(compare("a", "b"), None);
    }

    proptest! {
        #[test]
        fn scores_stay_in_the_range_of_their_reason(name in "[a-c]{1,8}", text in "[a-c]{1,8}") {
            if let Some((score, why)) = compare(&name, &text) {
                let range = match why {
                    Why::EqualIdentifier | Why::EqualName => 100..=100,
                    Why::NameStartsWith => 80..=99,
                    Why::NameContains => 60..=79,
                    Why::SimilarName => 1..=59,
                };
                prop_assert!(range.contains(&score), "{} {:?}", score, why);
            }
        }
    }
}
