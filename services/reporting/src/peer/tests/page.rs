//! What comes in pages and streams is read to its end.

use proto::figure::v1::Period;

use super::*;

fn names(claims: &[metrics::Claim]) -> Vec<&str> {
    let id = |one: &'_ metrics::Claim| one.name.len() - 1;
    claims.iter().map(|one| &one.name[id(one)..]).collect()
}

fn claim(id: &str) -> metrics::Claim {
    metrics::Claim {
        name: format!("series/a/claims/{id}"),
        release: "releases/r".to_owned(),
        ..Default::default()
    }
}

fn key() -> metrics::SeriesKey {
    metrics::SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    }
}

/// The next page after a token: pages `1`, `2` and `3` there are.
fn turned(token: &str) -> (&'static str, String) {
    match token {
        "" => ("1", "second".to_owned()),
        "second" => ("2", "third".to_owned()),
        "third" => ("3", String::new()),
        other => panic!("no page has the token {other}"),
    }
}

#[tokio::test]
async fn every_page_of_what_metrics_says_is_read() {
    let fake = Fake::default()
        .on("metrics.GetSeries", |request: metrics::GetSeriesRequest| {
            assert_eq!(request.key, Some(key()));
            let (id, next_page_token) = turned(&request.page_token);
            let data = metrics::SeriesData {
                claims: vec![claim(id)],
                continued: !next_page_token.is_empty(),
                ..Default::default()
            };
            Ok(metrics::GetSeriesResponse {
                data: Some(data),
                next_page_token,
                ..Default::default()
            })
        })
        .on(
            "metrics.ListClaimVintages",
            |request: metrics::ListClaimVintagesRequest| {
                let (id, next_page_token) = turned(&request.page_token);
                Ok(metrics::ListClaimVintagesResponse {
                    claims: vec![claim(id)],
                    releases: [("releases/r".to_owned(), release("releases/r"))].into(),
                    next_page_token,
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.ListVintageDates",
            |request: metrics::ListVintageDatesRequest| {
                let (id, next_page_token) = turned(&request.page_token);
                let date = metrics::VintageDate {
                    known_at: Some(crate::convert::timestamp(id.parse::<i64>().unwrap())),
                    release: "releases/r".to_owned(),
                    ..Default::default()
                };
                Ok(metrics::ListVintageDatesResponse {
                    vintages: vec![date],
                    next_page_token,
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.GetRelease",
            |request: metrics::GetReleaseRequest| {
                Ok(metrics::GetReleaseResponse {
                    release: Some(release(&request.name)),
                    ..Default::default()
                })
            },
        );
    let mut pinned = peers(fake).await.at("");
    let series = pinned.series(&key(), "").await.unwrap().unwrap();
    assert_eq!(names(&series.claims), ["1", "2", "3"]);
    let vintages = pinned.vintages(&key(), "2018", "").await.unwrap().unwrap();
    assert_eq!(names(&vintages.claims), ["1", "2", "3"]);
    let dates = pinned.vintages_of(&key()).await.unwrap();
    assert_eq!(
        dates.iter().map(|one| one.known_at).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

/// A claim set in pages of one claim.
fn set_page(request: metrics::GetClaimSetRequest) -> metrics::GetClaimSetResponse {
    let (id, next_page_token) = turned(&request.page_token);
    let reason = metrics::Preference {
        text: id.to_owned(),
        ..Default::default()
    };
    let set = metrics::ClaimSet {
        claims: vec![claim(id)],
        claim_count: 3,
        // The preferred claim is before nothing.
        reasons: if id == "1" { Vec::new() } else { vec![reason] },
        ..Default::default()
    };
    metrics::GetClaimSetResponse {
        claim_set: Some(set),
        next_page_token,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_claim_set_has_the_claims_of_all_pages_also_where_a_list_had_no_room_for_them() {
    let fake = Fake::default()
        .on(
            "metrics.GetClaimSet",
            |request: metrics::GetClaimSetRequest| {
                assert_eq!(
                    (&request.series_key, request.period.as_str()),
                    (&Some(key()), "2018")
                );
                Ok(set_page(request))
            },
        )
        .on(
            "metrics.ListClaimSets",
            |_: metrics::ListClaimSetsRequest| {
                let cut = metrics::ClaimSet {
                    series: Some(metrics::Series {
                        key: Some(key()),
                        ..Default::default()
                    }),
                    period: Some(Period {
                        code: "2018".to_owned(),
                        ..Default::default()
                    }),
                    claims: vec![claim("1")],
                    claim_count: 3,
                    ..Default::default()
                };
                Ok(metrics::ListClaimSetsResponse {
                    claim_sets: vec![cut],
                    ..Default::default()
                })
            },
        );
    let mut pinned = peers(fake).await.at("");
    let one = pinned.claim_set(&key(), "2018").await.unwrap().unwrap();
    let any = metrics::ClaimSetState::Unspecified;
    let listed = pinned.claim_sets("", "", any).await.unwrap();
    for set in [&one, &listed[0]] {
        assert_eq!(names(&set.claims), ["1", "2", "3"]);
        let reasons: Vec<_> = set.reasons.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(reasons, ["2", "3"]);
    }
}

#[tokio::test]
async fn a_stream_joins_what_continues_and_goes_on_where_it_broke() {
    let part = |entity: &str, id: &str, continued| metrics::SeriesData {
        series: Some(metrics::Series {
            key: Some(metrics::SeriesKey {
                entity: entity.to_owned(),
                ..key()
            }),
            ..Default::default()
        }),
        claims: vec![claim(id)],
        continued,
        ..Default::default()
    };
    let message = |series: Vec<metrics::SeriesData>, cursor: &str| metrics::StreamSeriesResponse {
        series,
        cursor: cursor.to_owned(),
        ..Default::default()
    };
    let answer = move |request: metrics::StreamSeriesRequest| match request.cursor.as_str() {
        "" => {
            let first = message(vec![part("a", "1", false), part("b", "2", true)], "here");
            let away = refused(Code::Unavailable, "SHUTTING_DOWN", "");
            (vec![first], Err(away))
        }
        "here" => {
            let second = message(vec![part("b", "3", true)], "there");
            let last = message(vec![part("b", "4", false), part("c", "5", false)], "end");
            (vec![second, last], Ok(()))
        }
        other => panic!("no message has the cursor {other}"),
    };
    let pinned = peers(Fake::default().stream("metrics.StreamSeries", answer));
    let said = pinned.await.at("").filtered_series("", "").await.unwrap();
    let told: Vec<_> = said
        .iter()
        .map(|one| (one.series.entity.as_str(), names(&one.claims)))
        .collect();
    assert_eq!(
        told,
        [
            ("a", vec!["1"]),
            ("b", vec!["2", "3", "4"]),
            ("c", vec!["5"])
        ]
    );
}
