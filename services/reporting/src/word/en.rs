//! English.

use figure::{Bound, Decimal};
use proto::figure::v1::{Basis, CaveatReason, Mismatch, Nature, RefusalReason, Verdict};
use proto::metrics::v1::{ClaimSetState, PreferenceReason};
use proto::registry::v1::LifecycleState;

use super::{
    Claim, Interval, Judgement, Language, Marks, Number, Page, Profile, Scale, Table, Time, Words,
};
use crate::print::{Role, Scaled};

pub(super) static WORDS: Words = Words {
    language: Language::English,
    mark: Marks {
        comma: ", ",
        listed: ", ",
        semicolon: "; ",
        colon: ": ",
        stop: ".",
        space: " ",
        and: " and ",
        bracket: [" (", ")"],
        quote: ["“", "”"],
    },
    number: NUMBER,
    time: TIME,
    claim: CLAIM,
    table: TABLE,
    judge: JUDGEMENT,
    profile: PROFILE,
    page: PAGE,
};

const NUMBER: Number = Number {
    digits: |number| number.grouped(','),
    scale,
    axis: |power| power,
    as_published: true,
    bound: |bound, number| match bound {
        Bound::Exact | Bound::Between | Bound::None => number.to_owned(),
        bound => format!("{} {number}", bound.words()),
    },
    between: |low, high| format!("between {} and {}", before(low, high), high.joined()),
    range: |low, high| format!("{} to {}", before(low, high), high.joined()),
    rank: str::to_owned,
    percentage_points: "percentage points",
    trend: figure::Trend::words,
    missing: figure::Missing::words,
    none: "no number",
    interval: Interval {
        exactly: |number| format!("exactly {number}"),
        between: |low, high| format!("between {low} and {high}"),
        more_than: |number| format!("more than {number}"),
        at_least: |number| format!("at least {number}"),
        less_than: |number| format!("less than {number}"),
        at_most: |number| format!("at most {number}"),
        about: |number| format!("about {number}"),
        unbounded: |number| format!("about {number}; no bounds follow from it"),
        nearly: |number| format!("below {number} and close to it"),
        rounded: |number, digits| format!("about {number}, to {digits} significant digits"),
    },
};

/// The lower end of a range, whose scale word is said once.
fn before(low: &Scaled, high: &Scaled) -> String {
    if low.word == high.word {
        low.digits.clone()
    } else {
        low.joined()
    }
}

/// The words that there are for a power of ten, the greatest first.
const SCALES: [(i32, &str); 4] = [
    (12, " trillion"),
    (9, " billion"),
    (6, " million"),
    (3, " thousand"),
];

/// The word that was printed; for a power without one the greatest that the value reaches.
fn scale(value: &Decimal, power: i32) -> Scale {
    let named = SCALES.iter().find(|(of_word, _)| *of_word == power);
    let reached = SCALES
        .iter()
        .find(|(of_word, _)| *value >= Decimal::ONE.shift(*of_word) && power != 0);
    let (power, word) = named.or(reached).copied().unwrap_or_default();
    Scale {
        power,
        word: word.to_owned(),
    }
}

const TIME: Time = Time {
    period: |code, role, approximate| {
        let around = if approximate { "around " } else { "" };
        let span = spoken(code);
        match role {
            Role::Span => format!("{around}{span}"),
            Role::AsOf => format!("as of {around}{span}"),
            Role::By => format!("by {around}{span}"),
        }
    },
    known_on: |day| format!("as known on {day}"),
    known_at: |time| format!("as known at {time}"),
    since: |period| format!("since {period}"),
    until: |period| format!("until {period}"),
    as_of: |period| format!("as of {period}"),
    found_so: |period| format!("found so {period}"),
};

fn spoken(code: &str) -> String {
    match code.split_once('/') {
        Some(("..", last)) => format!("up to {last}"),
        Some((first, "..")) => format!("since {first}"),
        Some((first, last)) => format!("{first} to {last}"),
        None => match code.strip_suffix('X') {
            Some(decade) => format!("{decade}0s"),
            None => code.to_owned(),
        },
    }
}

const CLAIM: Claim = Claim {
    nature: |nature| match nature {
        Nature::Unspecified | Nature::Actual => "stated",
        Nature::Estimate => "estimate",
        Nature::Forecast => "forecast",
        Nature::Target => "target",
        Nature::Commitment => "commitment",
    },
    basis: |basis| match basis {
        Basis::Unspecified | Basis::Stated => "stated",
        Basis::InferredFromPublication => "inferred from the date of publication",
        Basis::InferredFromContext => "inferred from the words around it",
        Basis::Editorial => "added by whoever recorded it",
        Basis::Unknown => "basis unknown",
    },
    flag: |flag| {
        Some(match flag {
            "A" => "normal",
            "B" => "break in series",
            "D" => "definition differs",
            "E" => "estimated",
            "F" => "forecast",
            "I" => "imputed",
            "P" => "provisional",
            "R" => "revised",
            "U" => "low reliability",
            _ => return None,
        })
    },
    marked: |flags| format!("marked by the source: {flags}"),
    state: |state| match state {
        ClaimSetState::Unspecified | ClaimSetState::Single => "single",
        ClaimSetState::Agreed => "agreed",
        ClaimSetState::AgreedAfterRounding => "agreed after rounding",
        ClaimSetState::Compatible => "compatible",
        ClaimSetState::Contested => "contested",
    },
    verdict: |verdict| match verdict {
        Verdict::Point => "a single value; allowing for the rounding of its inputs",
        Verdict::LowerBound => "a lower bound",
        Verdict::UpperBound => "an upper bound",
        Verdict::Range => "a range",
        Verdict::Nominal => "a number without bounds",
        Verdict::Undetermined => "undetermined",
        Verdict::Refused => "refused",
        Verdict::Unspecified => "not said",
    },
    caveat: |caveat| {
        Some(match caveat {
            CaveatReason::Unspecified => return None,
            CaveatReason::ApproximateInput => "an input is approximate",
            CaveatReason::ContestedInput => "an input is contested",
            CaveatReason::DifferentPeriod => "the inputs are about different periods",
            CaveatReason::DifferentNature => "the inputs differ in nature",
            CaveatReason::DifferentEntity => "the inputs are about different entities",
            CaveatReason::DivisorSpansZero => "the divisor may be zero or negative",
            CaveatReason::NegativeBase => "the base may be negative",
            CaveatReason::ShareAboveWhole => "the part may exceed the whole",
        })
    },
    rule: |rule| {
        Some(match rule {
            PreferenceReason::Unspecified => return None,
            PreferenceReason::OnlyClaim => "there is one claim",
            PreferenceReason::Restatement => {
                "the same figure, which its source gives in another unit as well"
            }
            PreferenceReason::NatureClass => "outturns before forecasts before targets",
            PreferenceReason::NamedOriginator => {
                "a figure with a named originator before one without"
            }
            PreferenceReason::NoInterest => {
                "a source without an interest of its own before one with"
            }
            PreferenceReason::NewestPublication => "the newest publication first",
            PreferenceReason::Alphabetical => {
                "nothing tells them apart but the alphabetical order of source, originator and unit"
            }
        })
    },
    refusal: |refusal| {
        Some(match refusal {
            RefusalReason::Unspecified | RefusalReason::Mismatch => return None,
            RefusalReason::NoNumber => "a figure without a number cannot be computed with",
            RefusalReason::DivisionByZero => "the divisor is zero",
            RefusalReason::OutOfRange => "the result is out of range",
            RefusalReason::UnitsDiffer => "the units differ and are not converted",
            RefusalReason::NotAPercentage => "the second figure must be a percentage",
            RefusalReason::NotOneSeries => {
                "a change is between two figures of one indicator and breakdown"
            }
        })
    },
    mismatch: |mismatch| {
        Some(match mismatch {
            Mismatch::Unspecified => return None,
            Mismatch::Period => "the figures are about different periods",
            Mismatch::Nature => "the figures differ in nature",
            Mismatch::Entity => "the figures are about different entities",
        })
    },
    derived: "derived",
    inferred: "inferred",
    ambiguous: "open to more than one reading",
    base: "in relation to: ",
    ranked_by: |what| format!("by {what}"),
    field: str::to_owned,
    quoted_by: ", quoted by ",
};

const TABLE: Table = Table {
    figures: |of| format!("{of}: figures"),
    what: "What",
    what_of_whom: "What, of whom",
    period: "Period",
    figure: "Figure",
    nature: "Nature",
    who: "Who says so",
    state: "State",
    empty: "There are no such figures.",
    known_since: "Known since",
    undated: "undated",
    vintage: "Vintage",
    change: "Change",
    withdrawn: "withdrawn",
};

const JUDGEMENT: Judgement = Judgement {
    none_contested: "No two of these figures exclude each other.",
    of_lower: [", ", " of the lower"],
    says: " says ",
    undecided: "The bounds do not decide it.",
    rounded: [
        "With rounding allowed for, the arithmetic gives ",
        " and the statement, read as rounded, means ",
        ".",
    ],
    exact: [
        "The arithmetic gives ",
        "; the statement, read as rounded, means ",
        ".",
    ],
    no_figure: "a figure does not exist",
    undetermined: "the figures do not decide it",
    nothing: "the result is empty",
    not_drawn: "Not drawn, because they have another unit or no number: ",
};

const PROFILE: Profile = Profile {
    also_called: "Also called",
    state: |state| match state {
        LifecycleState::Planned => "Planned",
        LifecycleState::Active => "Active",
        LifecycleState::Closed => "Closed",
        LifecycleState::Unspecified => "State",
    },
    of: |label, other| format!("{label} {other}"),
};

const PAGE: Page = Page {
    made_from: |template, revision| format!("Made from {template}, revision {revision}."),
    parameters: |chosen| format!("Parameters: {chosen}."),
    known: |known| format!("Figures {known}."),
    newest: |day| {
        format!("The newest release it uses is of {day}; later statements are not in it.")
    },
    publisher: |text| format!("Published by {text}."),
    contact: |text| format!("Contact: {text}."),
    licence: |text| format!("Licence: {text}."),
    renderer: |version| {
        format!(
            "Renderer {version}. The same template, language, parameters and data give this \
             document byte for byte."
        )
    },
};
