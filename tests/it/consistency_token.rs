//! Tokens that nobody gave, requirements that say nothing, and tokens whose time is over.

use proto::figure::v1::Calculation;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    CalculateRequest, GetClaimRequest, GetClaimSetRequest, GetConceptRequest, GetIndicatorRequest,
    GetReleaseRequest, GetSeriesRequest, GetUnitRequest, ListClaimSetsRequest,
    ListClaimVintagesRequest, ListConceptsRequest, ListIndicatorsRequest, ListReleasesRequest,
    ListSeriesRequest, ListUnitsRequest, ListVintageDatesRequest, StreamSeriesRequest,
};
use proto::registry::v1::{GetEntityRequest, ListEntitiesRequest};
use proto::reporting::v1::{GetTemplateRequest, ListTemplatesRequest};
use proto::snapshot::v1::Consistency;
use proto::snapshot::v1::consistency::Requirement;
use rpc::{Part, Stamp};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::alike::{PARTS, record, snapshot};
use crate::consistency::{commits, knows};
use crate::feed::Feed;
use crate::harness::forge::{altered, moved, sealed, silent};
use crate::harness::process::output;
use crate::harness::read::{resumed, since, token};
use crate::harness::{AT, Backend, FRESH, World, at, fresh, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};

on_both!(
    a_token_that_nobody_gave_is_refused_by_every_service,
    every_read_of_metrics_refuses_a_token_that_nobody_gave,
    a_requirement_that_says_nothing_is_refused,
    as_many_tokens_as_documented_are_read,
    tokens_of_before_a_restore_have_expired,
);

/// Tokens that look like those of a service, but that it did not give.
async fn made_up(world: &World, good: &str, part: Part) -> Vec<String> {
    let stamp = |part| token(good).part(part);
    let other = match part {
        Part::Registry => Part::Metrics,
        Part::Metrics | Part::Reporting => Part::Registry,
    };
    let mut bytes = stamp(part).expect("it speaks of all").to_bytes();
    bytes.last_mut().into_iter().for_each(|byte| *byte ^= 1);
    let unsealed = Stamp::from_bytes(&bytes);
    let mut damaged = good.to_owned();
    damaged.replace_range(30..31, if &good[30..31] == "A" { "B" } else { "A" });
    vec![
        altered(good, part, -1),
        altered(good, part, 1),
        altered(good, part, 1_000_000),
        sealed(world.home(), good, part, 1_000_000).await,
        moved(good),
        token(good).with(part, stamp(other)).encode(),
        token(good).with(part, unsealed).encode(),
        damaged,
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        "rubbish".to_owned(),
        "\u{4e2d}".to_owned(),
        String::new(),
    ]
}

/// A token that speaks of all services.
async fn whole(world: &World) -> String {
    let mut tokens = Vec::new();
    for part in PARTS {
        tokens.push(record(world, part, 0).await.1);
    }
    let merged = snapshot(world, Part::Metrics, fresh(&tokens)).await;
    merged.expect("all of them are good")
}

async fn a_token_that_nobody_gave_is_refused_by_every_service(backend: Backend) {
    let world = seeded(backend).await;
    let good = whole(&world).await;
    let requirement = |requirement| {
        Some(Consistency {
            requirement: Some(requirement),
        })
    };
    for part in PARTS {
        for bad in made_up(&world, &good, part).await {
            let exactly = requirement(Requirement::AtSnapshot(bad.clone()));
            for (asked, field) in [(exactly, AT), (fresh([&bad]), FRESH)] {
                for answer in [
                    snapshot(&world, part, asked.clone()).await.map(drop),
                    knows(&world, part, 0, asked).await.map(drop),
                ] {
                    let refusal = refused(&answer.expect_err(&bad));
                    refusal.is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
                }
            }
            // A good one before it does not help.
            let second = snapshot(&world, part, fresh([&good, &bad])).await;
            refused(&second.expect_err(&bad)).is(
                Code::InvalidArgument,
                "SNAPSHOT_TOKEN_INVALID",
                &["consistency.at_least_as_fresh.tokens[1]"],
            );
        }
        // Silent about the service it names no state of it, but asks for nothing either.
        let unsaid = silent(&good, part);
        let status = snapshot(&world, part, at(&unsaid)).await;
        refused(&status.expect_err("which state?")).is(
            Code::InvalidArgument,
            "SNAPSHOT_TOKEN_INVALID",
            &[AT],
        );
        let newest = snapshot(&world, part, fresh([&unsaid])).await;
        assert_eq!(commits(&newest.expect("the newest")), commits(&good));
    }
}

/// What each read of metrics answers.
async fn reads(
    mut metrics: MetricsServiceClient<Channel>,
    claim: &str,
    consistency: Option<Consistency>,
) -> Vec<(&'static str, Result<(), Status>)> {
    let key = || Some(series("gdp", "china"));
    let period = || "2018".to_owned();
    let mut told = Vec::new();
    macro_rules! ask {
        ($method:ident, $request:ident { $($field:ident: $value:expr),* $(,)? }) => {{
            let mut request = $request::default();
            $(request.$field = $value;)*
            request.consistency = consistency.clone();
            let answer = metrics.$method(request).await.map(drop);
            told.push((stringify!($method), answer));
        }};
    }
    ask!(
        get_unit,
        GetUnitRequest {
            name: "usd".to_owned()
        }
    );
    ask!(list_units, ListUnitsRequest {});
    ask!(
        get_concept,
        GetConceptRequest {
            name: "concepts/digital-economy".to_owned()
        }
    );
    ask!(list_concepts, ListConceptsRequest {});
    ask!(
        get_indicator,
        GetIndicatorRequest {
            name: "indicators/gdp".to_owned()
        }
    );
    ask!(list_indicators, ListIndicatorsRequest {});
    ask!(
        get_release,
        GetReleaseRequest {
            name: "releases/r".to_owned()
        }
    );
    ask!(list_releases, ListReleasesRequest {});
    ask!(list_series, ListSeriesRequest {});
    ask!(get_series, GetSeriesRequest { key: key() });
    ask!(
        get_claim,
        GetClaimRequest {
            name: claim.to_owned()
        }
    );
    ask!(
        get_claim_set,
        GetClaimSetRequest {
            series_key: key(),
            period: period()
        }
    );
    ask!(list_claim_sets, ListClaimSetsRequest {});
    ask!(
        list_claim_vintages,
        ListClaimVintagesRequest {
            series_key: key(),
            period: period()
        }
    );
    ask!(
        list_vintage_dates,
        ListVintageDatesRequest { series_key: key() }
    );
    ask!(
        calculate,
        CalculateRequest {
            calculation: Calculation::Difference.into(),
            a: claim.to_owned(),
            b: claim.to_owned(),
        }
    );
    let request = StreamSeriesRequest {
        consistency,
        ..Default::default()
    };
    // A stream is refused at once, or in place of its first message.
    let streamed = match metrics.stream_series(request).await {
        Ok(stream) => stream.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    told.push(("stream_series", streamed));
    told
}

async fn every_read_of_metrics_refuses_a_token_that_nobody_gave(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let good = write(&world, "r", gdp, vec![row(1, "2018", "8")]).await;
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        ..Default::default()
    };
    let claim = crate::ingest::claims(&world, request).await.remove(0).name;
    let good = good.snapshot;
    for asked in [None, at(&good), fresh([&good])] {
        for (method, answer) in reads(world.metrics(), &claim, asked).await {
            answer.unwrap_or_else(|status| panic!("{method}: {status}"));
        }
    }
    for bad in [
        altered(&good, Part::Metrics, 1),
        altered(&good, Part::Metrics, -1),
        moved(&good),
        "rubbish".to_owned(),
    ] {
        for (asked, field) in [(at(&bad), AT), (fresh([&bad]), FRESH)] {
            for (method, answer) in reads(world.metrics(), &claim, asked).await {
                let refusal = refused(&answer.expect_err(method));
                refusal.is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
            }
        }
    }
}

async fn a_requirement_that_says_nothing_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let requirement = Requirement::Newest(false);
    let asked = Some(Consistency {
        requirement: Some(requirement),
    });
    for part in PARTS {
        for answer in [
            snapshot(&world, part, asked.clone()).await.map(drop),
            knows(&world, part, 0, asked.clone()).await.map(drop),
        ] {
            refused(&answer.expect_err("neither the newest nor another one")).is(
                Code::InvalidArgument,
                "FIELD_INVALID",
                &["consistency.newest"],
            );
        }
    }
    let answers = reads(world.metrics(), "series/0/claims/2018.0123456789ab", asked).await;
    for (method, answer) in answers {
        let refusal = refused(&answer.expect_err(method));
        refusal.is(
            Code::InvalidArgument,
            "FIELD_INVALID",
            &["consistency.newest"],
        );
    }
}

async fn as_many_tokens_as_documented_are_read(backend: Backend) {
    let world = seeded(backend).await;
    let good = whole(&world).await;
    let field = "consistency.at_least_as_fresh.tokens";
    for part in PARTS {
        let most = snapshot(&world, part, fresh(vec![&good; 16])).await;
        assert_eq!(commits(&most.expect("16 are read")), commits(&good));
        let more = snapshot(&world, part, fresh(vec![&good; 17])).await;
        let refusal = refused(&more.expect_err("16 are the most"));
        refusal.is(Code::InvalidArgument, "TOO_MANY_ITEMS", &[field]);
        let none = snapshot(&world, part, fresh([""; 0])).await;
        let refusal = refused(&none.expect_err("one at the least"));
        refusal.is(Code::InvalidArgument, "FIELD_REQUIRED", &[field]);
    }
}

/// Begins another life of each database, as an operator does who has restored them.
async fn begin_anew(world: &mut World) {
    world.kill().await;
    let marked = output(world.home().command(&["mark-restored"])).await;
    let complaint = String::from_utf8_lossy(&marked.stderr);
    assert!(marked.status.success(), "{complaint}");
    world.restart().await;
}

/// A page of one record of a service.
async fn page(world: &World, part: Part, page_token: &str) -> Result<String, Status> {
    let (page_size, page_token) = (1, page_token.to_owned());
    Ok(match part {
        Part::Registry => {
            let request = ListEntitiesRequest {
                page_size,
                page_token,
                ..Default::default()
            };
            let page = world.registry().list_entities(request).await?;
            page.into_inner().next_page_token
        }
        Part::Metrics => {
            let request = ListUnitsRequest {
                page_size,
                page_token,
                ..Default::default()
            };
            let page = world.metrics().list_units(request).await?;
            page.into_inner().next_page_token
        }
        Part::Reporting => {
            let request = ListTemplatesRequest {
                page_size,
                page_token,
                ..Default::default()
            };
            let page = world.reporting().list_templates(request).await?;
            page.into_inner().next_page_token
        }
    })
}

async fn tokens_of_before_a_restore_have_expired(backend: Backend) {
    let mut world = seeded(backend).await;
    let old = whole(&world).await;
    record(&world, Part::Reporting, 1).await;
    let mut handed_out = Vec::new();
    for part in PARTS {
        let next = page(&world, part, "").await.expect("a page");
        assert!(!next.is_empty(), "there are two of each");
        let mut feed = Feed::open(&world, part, None, &[]).await.expect("it opens");
        handed_out.push((next, feed.next().await.resume_token));
    }
    begin_anew(&mut world).await;
    for (part, (next, watched)) in PARTS.into_iter().zip(&handed_out) {
        for (asked, field) in [(at(&old), AT), (fresh([&old]), FRESH)] {
            let status = snapshot(&world, part, asked).await;
            let refusal = refused(&status.expect_err("what it named may be gone"));
            refusal.is(Code::FailedPrecondition, "SNAPSHOT_TOKEN_EXPIRED", &[field]);
        }
        let status = page(&world, part, next).await;
        let refusal = refused(&status.expect_err("its commits may be gone"));
        refusal.is(Code::InvalidArgument, "PAGE_TOKEN_INVALID", &["page_token"]);
        for (start, reason, code, field) in [
            (
                resumed(watched),
                "RESUME_TOKEN_EXPIRED",
                Code::OutOfRange,
                "start.resume_token",
            ),
            (
                since(&old),
                "SNAPSHOT_TOKEN_EXPIRED",
                Code::FailedPrecondition,
                "start.after_snapshot",
            ),
        ] {
            let status = Feed::refused(&world, part, start, &[]).await;
            refused(&status).is(code, reason, &[field]);
        }
    }
    // All go on from here, each with the others.
    let mut tokens = Vec::new();
    for part in PARTS {
        tokens.push(record(&world, part, 3).await.1);
    }
    for part in PARTS {
        let answer = knows(&world, part, 3, fresh(&tokens)).await;
        assert!(answer.expect("they are of this life").0, "{part:?}");
    }
    let request = GetEntityRequest {
        name: "entities/record-0".to_owned(),
        ..Default::default()
    };
    let kept = world.registry().get_entity(request).await;
    kept.expect("nothing is lost");
    let request = GetTemplateRequest {
        name: "templates/record-0".to_owned(),
        ..Default::default()
    };
    let kept = world.reporting().get_template(request).await;
    kept.expect("nothing is lost");
}
