//! Entities, relations and the words for them.

use proto::figure::v1::Label;
use proto::registry::v1::{
    EntityView, GetVocabularyRequest, ListEntitiesRequest, ListEntitiesResponse,
    ListRelationsRequest, ListRelationsResponse, Vocabulary,
};

use super::{Ask, Listed, Page, pages};
use crate::cli::json;
use crate::cli::name::id;
use crate::cli::quantity::word;
use crate::cli::table::Table;

/// Entities.
pub async fn entities(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let view = match ask.whole {
        true => EntityView::Full,
        false => EntityView::Summary,
    };
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListEntitiesRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            view: view as i32,
            consistency: ask.freshness.consistency(),
            ..ListEntitiesRequest::default()
        };
        let answer = ask.session.registry().list_entities(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.entities,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["entity", "name", "kind", "record"]);
    for entity in &page.items {
        table.row([
            id(&entity.name).to_owned(),
            entity.display_name.clone(),
            entity.kind.clone(),
            word(entity.record_status().as_str_name(), "RECORD_STATUS_"),
        ]);
    }
    let message = ListEntitiesResponse {
        entities: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.registry.v1.ListEntitiesResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Relations.
pub async fn relations(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListRelationsRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
            ..ListRelationsRequest::default()
        };
        let answer = ask.session.registry().list_relations(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.relations,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&[
        "subject",
        "predicate",
        "object",
        "role",
        "since",
        "until",
        "source",
        "relation",
    ]);
    for relation in &page.items {
        let source = relation.source.as_ref();
        table.row([
            id(&relation.subject).to_owned(),
            relation.predicate.clone(),
            id(&relation.object).to_owned(),
            relation.role.clone(),
            relation.since.clone(),
            relation.until.clone(),
            source.map_or("", |source| id(&source.source)).to_owned(),
            id(&relation.name).to_owned(),
        ]);
    }
    let message = ListRelationsResponse {
        relations: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.registry.v1.ListRelationsResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

async fn vocabulary(ask: &Ask<'_>) -> Result<Vocabulary, tonic::Status> {
    let request = GetVocabularyRequest {
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.registry().get_vocabulary(request).await?;
    Ok(answer.into_inner().vocabulary.unwrap_or_default())
}

fn listed(table: Table, part: &Vocabulary, more: bool) -> Listed {
    Listed {
        table,
        json: json::write(part, "almanac.registry.v1.Vocabulary"),
        more,
    }
}

/// Kinds of entities.
pub async fn kinds(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let mut kinds = vocabulary(&ask).await?.kinds;
    let more = kinds.len() > ask.limit;
    kinds.truncate(ask.limit);
    let mut table = Table::new(&["kind", "labels", "attributes", "citable"]);
    for kind in &kinds {
        let attributes = kind.attributes.iter();
        let attributes: Vec<_> = attributes.map(|one| one.key.as_str()).collect();
        let citable = if kind.citable { "yes" } else { "" };
        table.row([
            kind.id.clone(),
            labels(&kind.labels),
            attributes.join(", "),
            citable.to_owned(),
        ]);
    }
    let part = Vocabulary {
        kinds,
        ..Vocabulary::default()
    };
    Ok(listed(table, &part, more))
}

/// Kinds of relations.
pub async fn predicates(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let mut predicates = vocabulary(&ask).await?.predicates;
    let more = predicates.len() > ask.limit;
    predicates.truncate(ask.limit);
    let mut table = Table::new(&["predicate", "labels", "of", "to"]);
    for predicate in &predicates {
        table.row([
            predicate.id.clone(),
            labels(&predicate.labels),
            predicate.subject_kinds.join(", "),
            predicate.object_kinds.join(", "),
        ]);
    }
    let part = Vocabulary {
        predicates,
        ..Vocabulary::default()
    };
    Ok(listed(table, &part, more))
}

fn labels(labels: &[Label]) -> String {
    let texts: Vec<_> = labels.iter().map(|label| label.text.as_str()).collect();
    texts.join(", ")
}
