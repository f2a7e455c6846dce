//! What runs make, and what is refused before one begins.

use super::*;

#[tokio::test]
async fn a_run_ends_with_a_report_that_can_be_downloaded() {
    let house = house().await;
    house.save_template().await;
    let name = house.queue("bamboo").await;
    assert!(!house.get(&name).await.unwrap().done);
    let ended = house.finished(&name).await;
    let report = report(&ended);
    assert_eq!(report.title, "About bamboo");
    let page = house.download(&report).await;
    assert_eq!(page.len() as i64, report.artefacts[0].size_bytes);
    let text = String::from_utf8(page).unwrap();
    assert!(
        text.contains("Nothing but <span class=\"entity\">bamboo</span>."),
        "{text}"
    );
    let done = metadata(&ended);
    assert_eq!((done.steps_done, done.steps_total), (3, 3));
}

#[tokio::test]
async fn the_same_recipe_makes_the_same_report_once() {
    let house = house().await;
    house.save_template().await;
    let (first, second) = (house.queue("bamboo").await, house.queue("bamboo").await);
    let (a, b) = (
        report(&house.finished(&first).await),
        report(&house.finished(&second).await),
    );
    assert_eq!(a, b);
    let third = house.queue("bamboo").await;
    assert!(house.get(&third).await.unwrap().done, "it was made before");
    let other = house.queue("willow").await;
    assert_ne!(report(&house.finished(&other).await).name, a.name);
    let request = ListReportsRequest::default();
    let listed = house
        .reporting
        .list_reports(Request::new(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.reports.len(), 2);
}

#[tokio::test]
async fn a_report_as_of_another_time_is_another_report_and_says_so() {
    /// 2016-12-31, its last microsecond.
    const DAY: i64 = 1_483_228_799_999_999;
    let house = house().await;
    house.save_template().await;
    let now = report(&house.finished(&house.queue("bamboo").await).await);
    assert_eq!(now.as_of, None);
    assert!(!text(house.download(&now).await).contains("as known"));
    let cases = [
        (DAY, "as known on 2016-12-31"),
        (DAY - 999_999, "as known at 2016-12-31T23:59:59Z"),
        (-1, "as known on 1969-12-31"),
    ];
    for (as_of, said) in cases {
        let name = house.queue_as_of("bamboo", Some(as_of)).await;
        let then = report(&house.finished(&name).await);
        assert_ne!(then.name, now.name);
        assert_eq!(then.as_of, Some(convert::timestamp(as_of)));
        assert_eq!(then.parameters, now.parameters);
        let page = text(house.download(&then).await);
        let (_, footer) = page.split_once("<footer>").unwrap();
        assert!(footer.contains(&format!("Figures {said}")), "{footer}");
        assert!(footer.contains("Parameters: word = bamboo."), "{footer}");
    }
}

#[tokio::test]
async fn a_run_as_of_no_time_there_is_does_not_start() {
    let house = house().await;
    house.save_template().await;
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
        let request = RunReportRequest {
            template: "templates/words".to_owned(),
            as_of: Some(prost_types::Timestamp { seconds, nanos }),
            ..Default::default()
        };
        let status = house.reporting.run_report(Request::new(request)).await;
        assert_eq!(reason(&status.unwrap_err()), "FIELD_INVALID");
    }
}

#[tokio::test]
async fn without_peers_a_run_does_not_start() {
    let house = house().await;
    house.save_template().await;
    let request = RunReportRequest {
        template: "templates/words".to_owned(),
        parameters: BTreeMap::from([("word".to_owned(), "bamboo".to_owned())]),
        ..Default::default()
    };
    let status = house
        .reporting
        .run_report(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "PEER_UNAVAILABLE")
    );
}

#[tokio::test]
async fn a_run_names_its_faults_before_it_starts() {
    let house = house().await;
    house.save_template().await;
    let run = |template: &str, parameters: &[(&str, &str)], token: &str| {
        let parameters = parameters
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let request = RunReportRequest {
            template: template.to_owned(),
            parameters,
            consistency: rpc::at_snapshot(token),
            ..Default::default()
        };
        house.reporting.run_report(Request::new(request))
    };
    let cases = [
        (
            "templates/none",
            vec![("word", "x")],
            "",
            "TEMPLATE_NOT_FOUND",
        ),
        ("words", vec![("word", "x")], "", "FIELD_INVALID"),
        ("templates/words", vec![], "", "PARAMETER_INVALID"),
        (
            "templates/words",
            vec![("word", "x"), ("other", "y")],
            "",
            "PARAMETER_INVALID",
        ),
        (
            "templates/words",
            vec![("word", "x")],
            "rubbish",
            "SNAPSHOT_TOKEN_INVALID",
        ),
    ];
    for (template, parameters, token, expected) in cases {
        let status = run(template, &parameters, token).await.unwrap_err();
        assert_eq!(reason(&status), expected);
    }
}
