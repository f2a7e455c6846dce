//! Which figures of a line are joined, and where the join says less than it seems to.

use super::{ChartLine, Mark};

/// How two figures of a line hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// One source, and no period missing between that the line has elsewhere.
    Plain,
    /// The second one is expected or aimed at.
    Expected,
    /// Periods are missing between.
    Gap,
    /// The second one does not compare with the first.
    Broken,
}

/// A connection between two marks of a line, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) join: Join,
}

/// Preferred outturns of one source are joined; what it expects hangs on the last of them.
/// What lies between the figures of two sources is nobody's statement.
pub(crate) fn links(line: &ChartLine) -> Vec<Link> {
    let marks = &line.marks;
    let mut preferred: Vec<usize> = (0..marks.len())
        .filter(|index| marks[*index].preferred)
        .collect();
    preferred.sort_by_key(|index| (marks[*index].day(), marks[*index].figure));
    let rhythm = rhythm(marks, &preferred);
    let mut links = Vec::new();
    let mut outturn: Option<usize> = None;
    for to in preferred {
        let same = outturn.filter(|from| marks[*from].source == marks[to].source);
        links.extend(same.map(|from| Link {
            from,
            to,
            join: join(&marks[from], &marks[to], rhythm),
        }));
        if !marks[to].hollow {
            outturn = Some(to);
        }
    }
    links
}

/// How many periods the sources of a line leave out where they leave out the fewest: a survey
/// of every other year has no gaps, and what is rarer is joined loosely anyway.
fn rhythm(marks: &[Mark], preferred: &[usize]) -> i32 {
    let outturns: Vec<&Mark> = preferred
        .iter()
        .map(|index| &marks[*index])
        .filter(|mark| !mark.hollow)
        .collect();
    let joined = outturns
        .windows(2)
        .filter(|two| two[0].source == two[1].source);
    let left_out = joined.map(|two| missing(two[0], two[1]));
    left_out.min().unwrap_or_default().clamp(0, 1)
}

fn join(before: &Mark, after: &Mark, rhythm: i32) -> Join {
    if after.breaks {
        Join::Broken
    } else if after.hollow {
        Join::Expected
    } else if missing(before, after) > rhythm {
        Join::Gap
    } else {
        Join::Plain
    }
}

/// How many periods of the length of the first one lie between. What holds on a day is
/// looked for once a year.
fn missing(before: &Mark, after: &Mark) -> i32 {
    const YEAR: i32 = 365;
    const MONTH: i32 = 28;
    let (Some(start), Some(end), Some(next)) = (before.start_day, before.end_day, after.start_day)
    else {
        return 0;
    };
    let length = if end - start < MONTH {
        YEAR
    } else {
        end - start
    };
    (next - end + length / 2).div_euclid(length)
}
