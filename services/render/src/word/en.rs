//! English.

use super::{Chart, Claim, Head, Page, Punctuation, Sign, Source, Words};
use crate::CheckVerdict;

pub(super) static WORDS: Words = Words {
    punctuation: Punctuation {
        comma: ", ",
        listed: ", ",
        semicolon: "; ",
        colon: ": ",
        stop: ".",
        space: " ",
        quote: ["“", "”"],
        bracket: [" (", ")"],
        beside: [" ", ""],
    },
    page: PAGE,
    claim: CLAIM,
    source: SOURCE,
    chart: CHART,
};

const PAGE: Page = Page {
    contents: "Contents",
    how_to_read: [
        "Every number here is a claim that somebody made somewhere, or is computed from such. An underlined number leads to its ",
        "claim",
        ": who says so, where, and in which words. ",
    ],
    how_to_read_print: "Every number here is a claim that somebody made somewhere, or is computed from such. The small raised number \
        leads to its entry at the end: who says so, where, and in which words. ",
    counted: |figures, sources| {
        format!(
            "{}, {}.",
            plural(figures, "figure"),
            plural(sources, "source")
        )
    },
    known: |known| format!("Figures {known}"),
    known_means: ": what the sources said later is left out.",
    figures: "Figures and their claims",
    figures_hold: "What each number of this document rests on, and the words of the source. Names in the type of a typewriter are those of the claims, the same wherever they are kept.",
    in_series: |numbers| format!("{numbers}: below, among the figures by series."),
    series: "Figures of tables and charts, by series",
    series_hold: "Of each figure its number in the text, its value with all digits, and the id of its claim, which begins with the period. A claim is named by its series, “/claims/” and that id.",
    to_contents: "Contents",
    sources: "Sources",
    table: "Table",
    preferred: "preferred",
    why_preferred: |rule| format!("Why the first is preferred: {rule}."),
    never_joined: "Recorded as different definitions: side by side, neither joined nor averaged.",
    verdict: |verdict| match verdict {
        CheckVerdict::Consistent => "consistent",
        CheckVerdict::Inconsistent => "inconsistent",
        CheckVerdict::Undecidable => "undecidable",
    },
    leaf: ["", " of ", ""],
    on_page: ["p. ", ""],
    marks_told: ": the note of the figure says from what",
};

const CLAIM: Claim = Claim {
    about: "About",
    source: "Source",
    quoting: "Quoting",
    place: "Where",
    words: "In words",
    printed: "As printed",
    meaning: "Meaning",
    note: "Note",
    name: "Claim",
    from: "From",
    computed: "Computed",
    result: "Result",
    caveats: "Caveats",
    expression: "Expression",
    preferred: "Preferred",
    not_preferred: "Not preferred",
    same: "Same as",
    over: "to ",
    instead: "the preferred figure is ",
    because: |source, reason| format!("{source}: {reason}."),
    others: |number| {
        let others = plural(number as usize, "other claim");
        format!("{others} about the same.")
    },
    remark: |tag| match tag.split('-').next() {
        Some("zh") => "remark in Chinese: ",
        _ => "remark in another language: ",
    },
    others_label: "Beside it",
    print: "In print",
    rounded: "rounded; the claim has more digits",
    lapsed: "its time has passed; nothing here says what came of it",
    lapsed_short: "lapsed",
    marked: "see the note: doubtful, open to more than one reading, or past its time",
    back: |number| format!("Back to figure {number}"),
};

const SOURCE: Source = Source {
    source: "Source",
    undated: "undated",
    unknown: "unknown",
    published: "Published ",
    speaks_of: "Speaks of ",
    licence: "Licence: ",
    interest: "Interest: ",
};

const CHART: Chart = Chart {
    same_figures: "The same figures as a table",
    expected: "expected",
    stated: "stated",
    derived: "derived",
    aimed_at: "expected or aimed at",
    head: Head {
        period: "Period",
        figure: "Figure",
        what: "What",
        source: "Source",
        nature: "Nature",
        rank: "Rank",
        name: "Name",
    },
    sign: Sign {
        contested: "the figures contradict each other",
        missing_periods: "dashed: periods without a figure between",
        hollow: "hollow: expected or aimed at, not yet measured",
        range: "a range: somewhere between both ends",
        by: "not later than",
        open_upward: "open upward: more than this",
        open_downward: "open downward: less than this",
        about: "about",
        rounded: "rounded in print: the notes have all digits",
        breaks: "the series breaks here: before and after do not compare",
        highlighted: "singled out here",
        ranks_missing: "ranks are left out",
        hollow_bar: "outlined: expected or aimed at, not yet measured",
        open_bar: "fades out: more than this",
        pale_bar: "pale: less than this",
        same_scale: "All have the same scale.",
    },
    latest: "latest",
    before: "vintages",
    revised: "Earlier vintages: difference from the latest",
    no_figures: "no figures",
    whole_axis: "The scale starts at zero.",
    cut_axis: "The scale does not start at zero: places compare, lengths do not.",
    known: |known| match known {
        "" => SOURCE.undated.to_owned(),
        known => format!("known on {known}"),
    },
    drawn: |shown, all| format!("{shown} shown of {all} ranked"),
};

/// A count with its noun.
fn plural(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}
