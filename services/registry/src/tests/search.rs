use MatchReason::*;

use super::*;

on_both_databases! {
    two_chinese_characters_are_enough
    better_matches_come_first_on_every_page
    texts_are_resolved_in_order
}

async fn ground(registry: &Registry) {
    let mut identified = region("china", &[("China", "en"), ("中国", "zh")]);
    identified.identifiers.push(Identifier {
        scheme: "iso".to_owned(),
        value: "CN".to_owned(),
        ..Identifier::default()
    });
    registry
        .add(vec![
            identified,
            region("beijing", &[("Beijing", "en"), ("北京市", "zh")]),
            region("jiangsu", &[("Jiangsu", "en")]),
            region("jiangxi", &[("Jiangxi", "en")]),
            region("sao-paulo", &[("São Paulo", "pt")]),
            entity(
                "yearbook",
                "report",
                &[("中国统计年鉴", "zh"), ("China yearbook", "en")],
            ),
            region("georgia", &[("Georgia", "en")]),
            region("georgia-us", &[("Georgia", "en")]),
        ])
        .await
        .expect("added");
}

async fn search(registry: &Registry, request: SearchEntitiesRequest) -> SearchEntitiesResponse {
    let answer = registry.search_entities(Request::new(request)).await;
    answer.expect("a page").into_inner()
}

fn shown(matches: &[EntityMatch]) -> Vec<(&str, i32, MatchReason)> {
    matches
        .iter()
        .map(|m| {
            let name = m.entity.as_ref().map_or("", |entity| entity.name.as_str());
            (name.trim_start_matches("entities/"), m.score, m.reason())
        })
        .collect()
}

async fn two_chinese_characters_are_enough(registry: Registry) {
    ground(&registry).await;
    let query = |text: &str| SearchEntitiesRequest {
        query: text.to_owned(),
        ..SearchEntitiesRequest::default()
    };
    let found = search(&registry, query("北京")).await;
    assert_eq!(shown(&found.matches), [("beijing", 92, NameStartsWith)]);
    assert_eq!(found.matches[0].matched, "北京市");
    let found = search(&registry, query("京")).await;
    assert_eq!(shown(&found.matches), [("beijing", 66, NameContains)]);
    let found = search(&registry, query("ＣＮ")).await;
    assert_eq!(found.matches.len(), 0);
    let found = search(&registry, query("CN")).await;
    assert_eq!(shown(&found.matches), [("china", 100, EqualIdentifier)]);
    let found = search(&registry, query("sao PAULO")).await;
    assert_eq!(shown(&found.matches), [("sao-paulo", 100, EqualName)]);
    let old = SearchEntitiesRequest {
        consistency: {
            let before = rpc::at_snapshot(&found.snapshot);
            let mut renamed = region("sao-paulo", &[("Piratininga", "pt")]);
            renamed.kind.clear();
            registry.update(renamed, &["names"]).await.expect("renamed");
            before
        },
        ..query("paulo")
    };
    assert_eq!(search(&registry, query("paulo")).await.matches.len(), 0);
    assert_eq!(
        shown(&search(&registry, old).await.matches),
        [("sao-paulo", 70, NameContains)]
    );
}

async fn better_matches_come_first_on_every_page(registry: Registry) {
    ground(&registry).await;
    let mut request = SearchEntitiesRequest {
        query: "china".to_owned(),
        page_size: 1,
        ..SearchEntitiesRequest::default()
    };
    let first = search(&registry, request.clone()).await;
    assert_eq!(shown(&first.matches), [("china", 100, EqualName)]);
    request.page_token = first.next_page_token;
    let second = search(&registry, request.clone()).await;
    assert_eq!(shown(&second.matches), [("yearbook", 86, NameStartsWith)]);
    assert_eq!(second.next_page_token, "");
    request.page_token.clear();
    request.filter = r#"kind = "report""#.to_owned();
    let filtered = search(&registry, request).await;
    assert_eq!(shown(&filtered.matches), [("yearbook", 86, NameStartsWith)]);
}

async fn texts_are_resolved_in_order(registry: Registry) {
    ground(&registry).await;
    let query = |text: &str, kind: &str, scheme: &str| ResolveQuery {
        text: text.to_owned(),
        kind: kind.to_owned(),
        scheme: scheme.to_owned(),
        limit: 0,
    };
    let queries = vec![
        query("CHINA", "", ""),
        query("Georgia", "", ""),
        query("Jiangxu", "region", ""),
        query("CN", "", "iso"),
        query("China", "", "iso"),
        query("zzz", "", ""),
    ];
    let request = ResolveEntitiesRequest {
        queries,
        ..ResolveEntitiesRequest::default()
    };
    let answer = registry
        .resolve_entities(Request::new(request))
        .await
        .expect("resolved")
        .into_inner();
    let meant: Vec<_> = answer
        .resolutions
        .iter()
        .map(|r| r.entity.as_str())
        .collect();
    assert_eq!(meant, ["entities/china", "", "", "entities/china", "", ""]);
    let counts: Vec<_> = answer
        .resolutions
        .iter()
        .map(|r| r.candidates.len())
        .collect();
    assert_eq!(counts, [1, 2, 2, 1, 0, 0]);
    assert_eq!(answer.resolutions[2].candidates[0].reason(), SimilarName);
}
