//! Plain figures of one series: one note for all of them instead of a record for each.

use crate::record::{Fact, Piece, text};
use crate::{Claim, Document, Figure};

/// Plain figures of one indicator, source, originator, unit, nature and release.
pub(crate) struct Series<'a> {
    /// The indicator.
    pub(crate) what: &'a str,
    /// Numbers of the figures, runs as ranges: "42–58, 61".
    pub(crate) numbers: String,
    /// What all of them share.
    pub(crate) facts: Vec<Fact<'a>>,
    /// Its lines, in order of first citation.
    pub(crate) lines: Vec<Line<'a>>,
}

/// The figures of one line.
pub(crate) struct Line<'a> {
    /// Entity, counterpart, breakdown.
    pub(crate) whose: &'a str,
    /// `series/{series}`.
    pub(crate) name: &'a str,
    /// From the first to the last period.
    pub(crate) periods: String,
    pub(crate) cells: Vec<Cell<'a>>,
}

/// One figure of a line.
pub(crate) struct Cell<'a> {
    pub(crate) number: u32,
    /// Id of its claim below the line.
    pub(crate) claim: &'a str,
    /// The number of the claim without its unit, with all its digits.
    pub(crate) exactly: &'a str,
}

/// An entry of the appendix, in the order of numbers.
pub(crate) enum Entry<'a> {
    /// A figure that is told in full.
    Record(u32, &'a Figure),
    /// The first and the last of figures in a row that their series tell of.
    InSeries(u32, u32),
}

impl Document {
    /// The entries of the appendix, with a word of those that stand further below.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        for (number, figure) in (1_u32..).zip(&self.figures) {
            match (self.is_told(figure), entries.last_mut()) {
                (true, _) => entries.push(Entry::Record(number, figure)),
                (false, Some(Entry::InSeries(_, last))) => *last = number,
                (false, _) => entries.push(Entry::InSeries(number, number)),
            }
        }
        entries
    }

    /// Whether a figure is told in full rather than among its series.
    pub(crate) fn is_told(&self, figure: &Figure) -> bool {
        let [index] = figure.claims.as_slice() else {
            return true;
        };
        let plain = |claim: &Claim| {
            let named = claim.name.contains(CLAIMS);
            let bare = claim.quotes.is_empty() && claim.notes.is_empty() && claim.places.is_empty();
            named && bare && claim.meaning.is_empty() && claim.as_published.is_empty()
        };
        let of_note = figure.told
            || figure.doubtful
            || figure.alternatives > 0
            || figure.computation.is_some()
            || figure.expected_until.is_some();
        of_note || !self.claims.get(*index).is_some_and(plain)
    }

    /// The series whose figures are not told in full, in order of first citation.
    pub(crate) fn series(&self) -> Vec<Series<'_>> {
        let mut groups: Vec<Vec<(u32, &Figure, &Claim)>> = Vec::new();
        for (number, figure) in (1_u32..).zip(&self.figures) {
            let claim = figure.claims.first().and_then(|one| self.claims.get(*one));
            let Some(claim) = claim.filter(|_| !self.is_told(figure)) else {
                continue;
            };
            let one = (number, figure, claim);
            match groups.iter_mut().find(|group| share(group[0].2, claim)) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        groups.iter().map(|group| self.of_group(group)).collect()
    }

    fn of_group<'a>(&'a self, group: &[(u32, &'a Figure, &'a Claim)]) -> Series<'a> {
        let first = group[0].2;
        let words = &self.words().claim;
        let mut facts = vec![(words.source, self.source(first))];
        if let Some(originator) = &first.originator {
            facts.push((words.quoting, vec![Piece::Name(originator)]));
        }
        let about = [first.nature.as_str(), first.unit.as_str()];
        let about: Vec<_> = about.into_iter().filter(|part| !part.is_empty()).collect();
        facts.push((words.about, text(&about.join(" · "))));
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (number, figure, claim) in group {
            let (line, id) = claim.name.split_once(CLAIMS).unwrap_or((&claim.name, ""));
            let cell = Cell {
                number: *number,
                claim: id,
                exactly: match figure.number.as_str() {
                    "" => &figure.text,
                    number => number,
                },
            };
            match lines.iter_mut().find(|one| one.name == line) {
                Some(one) => one.cells.push(cell),
                None => lines.push(Line {
                    whose: &claim.whose,
                    name: line,
                    periods: String::new(),
                    cells: vec![cell],
                }),
            }
        }
        for line in &mut lines {
            let of_line = |(_, _, claim): &&(u32, &Figure, &Claim)| {
                claim.name.split_once(CLAIMS).map(|(name, _)| name) == Some(line.name)
            };
            line.periods = spanned(group.iter().filter(of_line).map(|(_, _, claim)| *claim));
        }
        Series {
            what: &first.what,
            numbers: ranges(group.iter().map(|(number, _, _)| *number)),
            facts,
            lines,
        }
    }
}

/// Stands between the name of a line and the id of a claim.
const CLAIMS: &str = "/claims/";

fn share(a: &Claim, b: &Claim) -> bool {
    let of = |claim: &Claim| (claim.what.clone(), claim.nature.clone(), claim.unit.clone());
    a.release == b.release && a.originator == b.originator && of(a) == of(b)
}

/// From the first to the last period.
fn spanned<'a>(claims: impl Iterator<Item = &'a Claim>) -> String {
    let key = |claim: &&Claim| claim.name.split_once(CLAIMS).map(|(_, id)| id.to_owned());
    let mut sorted: Vec<_> = claims.collect();
    sorted.sort_by_key(key);
    match (sorted.first(), sorted.last()) {
        (Some(first), Some(last)) if first.period != last.period => {
            format!("{} – {}", first.period, last.period)
        }
        (Some(only), _) => only.period.clone(),
        (None, _) => String::new(),
    }
}

/// A run of numbers.
pub(crate) fn run(first: u32, last: u32) -> String {
    ranges(first..=last)
}

/// Numbers with runs of three and more as ranges.
fn ranges(numbers: impl Iterator<Item = u32>) -> String {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some([_, last]) if *last + 1 == number => *last = number,
            _ => runs.push([number, number]),
        }
    }
    let told = runs.iter().map(|[first, last]| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let claim = |series: &str, year: &str| Claim {
            name: format!("series/{series}/claims/{year}.1"),
            what: "Users".to_owned(),
            whose: series.to_owned(),
            period: year.to_owned(),
            unit: "%".to_owned(),
            nature: "stated".to_owned(),
            release: 1,
            ..Claim::default()
        };
        let years = ["2000", "2001", "2002"];
        let mut claims: Vec<_> = years.iter().map(|year| claim("a", year)).collect();
        claims.extend(years.iter().map(|year| claim("b", year)));
        let figure = |index: usize| Figure {
            text: format!("{index}.25%"),
            number: format!("{index}.25"),
            claims: vec![index],
            ..Figure::default()
        };
        Document {
            figures: (0..claims.len()).map(figure).collect(),
            claims,
            ..Document::default()
        }
    }

    #[test]
    fn plain_figures_of_one_series_have_one_note_with_each_claim() {
        let document = document();
        let series = document.series();
        assert_eq!(series.len(), 1);
        assert_eq!(series[0].numbers, "1–6");
        assert!(matches!(document.entries()[..], [Entry::InSeries(1, 6)]));
        let lines: Vec<_> = series[0].lines.iter().map(|line| line.name).collect();
        assert_eq!(lines, ["series/a", "series/b"]);
        assert_eq!(series[0].lines[0].periods, "2000 – 2002");
        let cells = series[0].lines[1].cells.iter();
        let cells: Vec<_> = cells.map(|cell| (cell.number, cell.claim)).collect();
        assert_eq!(cells, [(4, "2000.1"), (5, "2001.1"), (6, "2002.1")]);
    }

    #[test]
    fn what_has_more_to_say_than_its_series_is_told_in_full() {
        let differing: [fn(&mut Document); 9] = [
            |document| document.figures[1].told = true,
            |document| document.figures[1].doubtful = true,
            |document| document.figures[1].alternatives = 1,
            |document| document.figures[1].expected_until = Some(1),
            |document| document.figures[1].claims = vec![1, 2],
            |document| document.claims[1].quotes = vec!["in words".to_owned()],
            |document| document.claims[1].notes = vec![crate::Note::default()],
            |document| document.claims[1].places = vec!["p. 3".to_owned()],
            |document| document.claims[1].meaning = "more than 5".to_owned(),
        ];
        for differ in differing {
            let mut document = document();
            differ(&mut document);
            assert!(document.is_told(&document.figures[1]));
            assert_eq!(document.series()[0].numbers, "1, 3–6");
            assert!(matches!(
                document.entries()[..],
                [
                    Entry::InSeries(1, 1),
                    Entry::Record(2, _),
                    Entry::InSeries(3, 6)
                ]
            ));
        }
    }

    #[test]
    fn another_release_or_unit_is_another_series() {
        let mut document = document();
        document.claims[3].release = 2;
        document.claims[4].unit = "people".to_owned();
        assert_eq!(document.series().len(), 3);
    }

    #[test]
    fn the_note_has_the_number_with_all_its_digits_or_the_words_of_one_without() {
        let mut document = document();
        document.figures[0].text = "0.3%".to_owned();
        document.figures[1].number.clear();
        let series = document.series();
        assert_eq!(series[0].lines[0].cells[0].exactly, "0.25");
        assert_eq!(series[0].lines[0].cells[1].exactly, "1.25%");
    }
}
