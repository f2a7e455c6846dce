//! Tokens: merged, carried along, and of one life of the database.

use proto::reporting::v1::{GetReportRequest, GetSnapshotRequest, ListTemplatesRequest};
use proto::snapshot::v1::Consistency;
use rpc::{Part, Sealer, Token};

use super::*;

impl House {
    async fn snapshot(&self, consistency: Option<Consistency>) -> Result<String, Status> {
        let request = GetSnapshotRequest { consistency };
        let answer = self.reporting.get_snapshot(Request::new(request)).await?;
        Ok(answer.into_inner().snapshot)
    }
}

#[tokio::test]
async fn a_snapshot_merges_tokens_and_names_the_newest_commit() {
    let house = house().await;
    let before = house.snapshot(None).await.unwrap();
    house.save_template().await;
    let stamp = |part, commit| Sealer::new(part, b"theirs", 1).stamp(HERE, commit);
    let token = |part, commit| Token::of(HERE, part, stamp(part, commit)).encode();
    let given = [
        token(Part::Registry, 3),
        token(Part::Registry, 5),
        token(Part::Metrics, 2),
        before.clone(),
    ];
    let merged = house.snapshot(rpc::at_least_as_fresh(given)).await.unwrap();
    let read = Token::decode(&merged).unwrap();
    assert_eq!(read.part(Part::Registry), Some(stamp(Part::Registry, 5)));
    assert_eq!(read.part(Part::Metrics), Some(stamp(Part::Metrics, 2)));
    assert_eq!(read.part(Part::Reporting).unwrap().commit(), 1);
    let same = house.snapshot(rpc::at_snapshot(&before)).await.unwrap();
    assert_eq!(same, before);
    assert_eq!(
        house.snapshot(rpc::at_snapshot(&merged)).await.unwrap(),
        merged
    );
    let silent = rpc::at_snapshot(&token(Part::Metrics, 2));
    let refused = house.snapshot(silent).await.unwrap_err();
    assert_eq!(reason(&refused), "SNAPSHOT_TOKEN_INVALID");
}

#[tokio::test]
async fn what_a_read_answers_is_as_of_its_snapshot() {
    let house = house().await;
    let before = house.snapshot(None).await.unwrap();
    house.save_template().await;
    let read = async |consistency| {
        let request = GetTemplateRequest {
            name: "templates/words".to_owned(),
            consistency,
            ..Default::default()
        };
        house.reporting.get_template(Request::new(request)).await
    };
    let early = read(rpc::at_snapshot(&before)).await.unwrap_err();
    assert_eq!(reason(&early), "TEMPLATE_NOT_FOUND");
    let now = read(rpc::at_least_as_fresh([before])).await.unwrap();
    let snapshot = now.into_inner().snapshot;
    assert_eq!(snapshot, house.snapshot(None).await.unwrap());
}

#[tokio::test]
async fn tokens_of_before_a_restore_have_expired() {
    let house = house().await;
    for id in ["a", "b"] {
        house.save(id, template()).await;
    }
    let list = async |house: &House, page_token: &str| {
        let request = ListTemplatesRequest {
            page_size: 1,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        house.reporting.list_templates(Request::new(request)).await
    };
    let first = list(&house, "").await.unwrap().into_inner();
    let house = house.restored().await;
    let request = GetReportRequest {
        name: "reports/a".to_owned(),
        consistency: rpc::at_snapshot(&first.snapshot),
    };
    let refused = house.reporting.get_report(Request::new(request)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "SNAPSHOT_TOKEN_EXPIRED");
    let refused = list(&house, &first.next_page_token).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    assert!(list(&house, "").await.is_ok());
}
