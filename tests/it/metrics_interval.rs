//! What follows from a quantity for the true value.

use proto::figure::v1::{Bound, Interval, Quantity};
use proto::metrics::v1::GetSeriesRequest;

use crate::harness::quantity::{between, bounded, exact, scaled};
use crate::harness::{Backend, on_both, seeded};
use crate::ingest::{claim, claims, partial, release, series, source_series, write};

on_both!(a_quantity_is_expanded_to_an_interval,);

fn interval(point: &str, lower: &str, upper: &str, slack: &str) -> Interval {
    Interval {
        point: point.to_owned(),
        lower: lower.to_owned(),
        upper: upper.to_owned(),
        slack: slack.to_owned(),
        ..Default::default()
    }
}

/// The same without its lower end itself.
fn above(of: Interval) -> Interval {
    Interval {
        lower_exclusive: true,
        ..of
    }
}

/// The same without its upper end itself.
fn below(of: Interval) -> Interval {
    Interval {
        upper_exclusive: true,
        ..of
    }
}

fn of_money() -> Vec<(Quantity, Interval)> {
    let trillions = "45500000000000";
    let rounded = interval(trillions, trillions, trillions, "50000000000");
    vec![
        (scaled(exact("45.5"), 12), rounded),
        (exact("0.00"), interval("0.00", "0.00", "0.00", "0.005")),
        (bounded(Bound::About, "5"), interval("5", "", "", "0")),
        (
            bounded(Bound::Nearly, "5"),
            below(interval("5", "", "5", "0")),
        ),
        (
            bounded(Bound::GreaterThan, "5"),
            above(interval("5", "5", "", "0")),
        ),
        (
            bounded(Bound::AtLeast, "5.0"),
            interval("5.0", "5.0", "", "0"),
        ),
        (
            bounded(Bound::LessThan, "5"),
            below(interval("5", "", "5", "0")),
        ),
        (bounded(Bound::AtMost, "5"), interval("5", "", "5", "0")),
        (
            between("2", "3.5", true, false),
            above(interval("", "2", "3.5", "0")),
        ),
    ]
}

/// A count without a scale word is not rounded.
fn of_people() -> Vec<(Quantity, Interval)> {
    let thousands = scaled(exact("1.2"), 3);
    vec![
        (exact("93"), interval("93", "93", "93", "0")),
        (thousands, interval("1200", "1200", "1200", "50")),
    ]
}

async fn a_quantity_is_expanded_to_an_interval(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    for (indicator, unit, expected) in [("gdp", "usd", of_money()), ("size", "count", of_people())]
    {
        let declared = vec![source_series(1, series(indicator, "china"), unit)];
        let rows = (1900..).zip(&expected);
        let rows = rows.map(|(year, (quantity, _))| claim(1, &format!("{year}"), quantity.clone()));
        write(&world, "r", declared, rows.collect()).await;
        let request = GetSeriesRequest {
            key: Some(series(indicator, "china")),
            ..Default::default()
        };
        let kept = claims(&world, request).await;
        assert_eq!(kept.len(), expected.len());
        for (claim, (_, interval)) in kept.iter().zip(expected) {
            assert_eq!(claim.interval, Some(interval), "{:?}", claim.quantity);
        }
    }
}
