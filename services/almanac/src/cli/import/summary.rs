//! What an import did, in one line for each file.

use std::ops::AddAssign;

/// What a mapping makes of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// Entities of the registry.
    Entities,
    /// Relations of the registry.
    Relations,
    /// Releases of metrics.
    Releases,
    /// Claims of metrics.
    Figures,
}

const NOUNS: [(Noun, [&str; 2]); 4] = [
    (Noun::Entities, ["entity", "entities"]),
    (Noun::Relations, ["relation", "relations"]),
    (Noun::Releases, ["release", "releases"]),
    (Noun::Figures, ["figure", "figures"]),
];

/// Records of one noun by what happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records written.
    pub written: u64,
    /// Records that were there already.
    pub unchanged: u64,
    /// Of them, figures spelled otherwise.
    pub respelled: u64,
    /// Figures withdrawn.
    pub withdrawn: u64,
    /// Figures written for later releases, to keep what these had left implicit.
    pub made_explicit: u64,
    /// Of those written, figures that an earlier run wrote before it was broken off.
    pub earlier: u64,
    /// Records that a dry run could not check.
    pub unchecked: u64,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows of the file.
    pub read: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Last line of the file that an earlier run had stored.
    pub continued_after: Option<u64>,
    tallies: [Tally; 4],
}

impl Counts {
    /// The tally of a noun.
    pub fn of(&mut self, noun: Noun) -> &mut Tally {
        &mut self.tallies[noun as usize]
    }

    /// What the tally of a noun is.
    pub fn tally(&self, noun: Noun) -> &Tally {
        &self.tallies[noun as usize]
    }

    /// Whether some records were not checked.
    pub fn has_unchecked(&self) -> bool {
        self.tallies.iter().any(|tally| tally.unchecked > 0)
    }

    /// The counts in words.
    pub fn words(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let named = NOUNS
            .iter()
            .map(|(noun, word)| (*word, &self.tallies[*noun as usize]));
        let named: Vec<_> = named
            .filter(|(_, tally)| **tally != Tally::default())
            .collect();
        let is_new = named.iter().any(|(_, tally)| tally.is_new());
        let parts: Vec<String> = named
            .iter()
            .map(|(noun, tally)| tally.words(*noun, would))
            .collect();
        let parts = if parts.is_empty() {
            "no records".to_owned()
        } else {
            parts.join("; ")
        };
        let nothing = if is_new || self.rejected > 0 {
            ""
        } else {
            "nothing new: "
        };
        let continued = match self.continued_after {
            Some(line) => format!(
                "continued after line {}, where an earlier run was broken off; ",
                grouped(line)
            ),
            None => String::new(),
        };
        format!(
            "{} read; {continued}{nothing}{parts}; {} rejected",
            rows(self.read),
            rows(self.rejected)
        )
    }
}

impl Tally {
    fn is_new(&self) -> bool {
        self.written + self.withdrawn + self.made_explicit + self.unchecked > 0
    }

    fn words(&self, [one, many]: [&str; 2], would: &str) -> String {
        let counts = [
            (self.written, format!("{would}written")),
            (self.earlier, "of them by the earlier run".to_owned()),
            (self.unchanged, "unchanged".to_owned()),
            (self.respelled, "of them respelled".to_owned()),
            (self.withdrawn, format!("{would}withdrawn")),
            (self.made_explicit, format!("{would}made explicit")),
            (self.unchecked, "read but NOT CHECKED".to_owned()),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, what)| format!("{} {what}", grouped(*count)))
            .collect();
        match counts.split_first() {
            Some((first, rest)) => {
                let (count, what) = first.split_once(' ').unwrap_or((first, ""));
                let rest: String = rest.iter().map(|count| format!(", {count}")).collect();
                let noun = if count == "1" { one } else { many };
                format!("{count} {noun} {what}{rest}")
            }
            None => String::new(),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.rejected += other.rejected;
        for (mine, its) in self.tallies.iter_mut().zip(other.tallies) {
            mine.written += its.written;
            mine.unchanged += its.unchanged;
            mine.respelled += its.respelled;
            mine.withdrawn += its.withdrawn;
            mine.made_explicit += its.made_explicit;
            mine.earlier += its.earlier;
            mine.unchecked += its.unchecked;
        }
    }
}

fn rows(count: u64) -> String {
    let noun = if count == 1 { "row" } else { "rows" };
    format!("{} {noun}", grouped(count))
}

/// A count with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Counts, Noun, Tally, grouped};

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn an_import_that_was_broken_off_says_where_it_continued() {
        let mut counts = Counts {
            read: 60_000,
            rejected: 1,
            continued_after: Some(20_001),
            ..Counts::default()
        };
        counts.of(Noun::Figures).written = 59_999;
        counts.of(Noun::Figures).earlier = 20_000;
        assert_eq!(
            counts.words(false),
            "60,000 rows read; continued after line 20,001, where an earlier run was broken \
             off; 59,999 figures written, 20,000 of them by the earlier run; 1 row rejected"
        );
    }

    #[test]
    fn what_a_dry_run_cannot_check_is_said_to_be_unchecked() {
        let mut counts = Counts {
            read: 30,
            ..Counts::default()
        };
        counts.of(Noun::Figures).unchecked = 30;
        assert_eq!(
            counts.words(true),
            "30 rows read; 30 figures read but NOT CHECKED; 0 rows rejected"
        );
    }

    #[test]
    fn a_repeated_import_says_that_there_is_nothing_new() {
        let mut counts = Counts {
            read: 86,
            ..Counts::default()
        };
        counts.of(Noun::Figures).unchanged = 86;
        assert_eq!(
            counts.words(false),
            "86 rows read; nothing new: 86 figures unchanged; 0 rows rejected"
        );
    }

    #[test]
    fn each_noun_is_told_apart_and_withdrawals_are_told() {
        let mut counts = Counts {
            read: 3,
            ..Counts::default()
        };
        counts.of(Noun::Releases).written = 1;
        *counts.of(Noun::Figures) = Tally {
            written: 2,
            unchanged: 1,
            withdrawn: 4,
            ..Tally::default()
        };
        assert_eq!(
            counts.words(true),
            "3 rows read; 1 release would be written; \
             2 figures would be written, 1 unchanged, 4 would be withdrawn; 0 rows rejected"
        );
    }
}
