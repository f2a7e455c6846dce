//! Packed figures, in and out.

use proto::figure::v1 as figure_pb;
use proto::figure::v1::quantity::Value;
use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;
use crate::convert::block::{read, rows};
use crate::convert::row::Input;

/// A figure of every kind there is.
fn figures() -> Vec<pb::ClaimInput> {
    let period = |code: &str, role: figure_pb::PeriodRole, approximate| figure_pb::Period {
        code: code.to_owned(),
        role: role.into(),
        approximate,
        ..Default::default()
    };
    let range = figure_pb::Range {
        lower: "1.5".to_owned(),
        upper: "2".to_owned(),
        upper_exclusive: true,
        ..Default::default()
    };
    vec![
        row("2011", "12.50"),
        row("../2012", "1"),
        row("2013/..", "-3"),
        row("2014", "12345678901234567890123456789"),
        pb::ClaimInput {
            quantity: Some(figure_pb::Quantity {
                bound: figure_pb::Bound::AtLeast.into(),
                multiplier: 9,
                ..exact("4")
            }),
            ..row("2015", "")
        },
        pb::ClaimInput {
            quantity: Some(figure_pb::Quantity {
                value: Some(Value::Range(range)),
                ..Default::default()
            }),
            ..row("2016", "")
        },
        pb::ClaimInput {
            period: Some(period("2017", figure_pb::PeriodRole::AsOf, true)),
            nature: figure_pb::Nature::Estimate.into(),
            flags: vec!["B".to_owned(), "P".to_owned()],
            ..row("2017", "5")
        },
        row("2018", "0"),
    ]
}

#[tokio::test]
async fn what_is_answered_as_a_block_can_be_sent_as_one() {
    let bench = Bench::new().await;
    bench.release("r", "2019-01-01").await;
    bench.write("r", gdp(), figures()).await;
    let request = pb::GetSeriesRequest {
        key: Some(key("gdp", "china")),
        view: pb::SeriesView::Packed.into(),
        ..Default::default()
    };
    let packed = bench.metrics.get_series_of(request).await.unwrap();
    let block = packed.data.unwrap().block.unwrap();
    assert_eq!(rows(&block).unwrap(), 8);
    // The open start sorts first, and its start says nothing.
    assert_eq!((&block.open_starts, block.start_days[0]), (&vec![0], 0));
    assert_eq!((&block.open_ends, block.lengths[2]), (&vec![2], 0));
    assert_eq!(block.long_numbers.len(), 1);
    assert_eq!(block.other.len(), 2);
    assert!(
        block.ordinals.is_empty(),
        "all are the first of their release"
    );
    let roles = [(6, figure_pb::PeriodRole::AsOf.into())].into();
    assert_eq!(block.roles, roles);
    let unpacked: Vec<_> = read(&block).map(Result::unwrap).collect();
    assert!(
        unpacked
            .iter()
            .any(|input| matches!(input, Input::Plain { .. }))
    );

    let claims = bench.claims(key("gdp", "china")).await;
    let inputs = claims.iter().zip(unpacked).map(|(claim, input)| {
        let Input::Full(input) = input else {
            return pb::ClaimInput {
                period: claim.period.clone(),
                quantity: claim.quantity.clone(),
                ..Default::default()
            };
        };
        *input
    });
    let again = bench.write("r", gdp(), inputs.collect()).await;
    let counts = again.counts.unwrap();
    assert_eq!((counts.unchanged, counts.written), (8, 0));
}

#[test]
fn a_block_that_does_not_fit_together_is_refused() {
    let good = pb::Block {
        start_days: vec![0, 365],
        lengths: vec![365, 365],
        mantissas: vec![5, 6],
        scales: vec![0, 1],
        source_series: vec![0, 0],
        ..Default::default()
    };
    assert_eq!(rows(&good).unwrap(), 2);
    let short = pb::Block {
        scales: vec![0],
        ..good.clone()
    };
    let outside = pb::Block {
        withdrawn: vec![2],
        ..good.clone()
    };
    let negative = pb::Block {
        flags: [(-1, "P".to_owned())].into(),
        ..good.clone()
    };
    for block in [short, outside, negative] {
        let (reason, fields) = refused(rows(&block));
        assert_eq!(
            (reason, fields),
            (Reason::FieldInvalid, vec!["block".to_owned()])
        );
    }
    let fault = |block: pb::Block| {
        assert_eq!(rows(&block).unwrap(), 2);
        let second = read(&block).nth(1).unwrap();
        second.err().map(|error| error.reason())
    };
    let lengths = [0, -1, i32::MAX].map(|length| pb::Block {
        lengths: vec![365, length],
        ..good.clone()
    });
    for block in lengths {
        assert_eq!(fault(block), Some(Reason::PeriodInvalid));
    }
    let open = pb::Block {
        open_starts: vec![1],
        open_ends: vec![1],
        ..good.clone()
    };
    assert_eq!(fault(open), Some(Reason::PeriodInvalid));
    for scale in [-1, 39] {
        let block = pb::Block {
            scales: vec![0, scale],
            ..good.clone()
        };
        assert_eq!(fault(block), Some(Reason::NumberInvalid));
    }
}
