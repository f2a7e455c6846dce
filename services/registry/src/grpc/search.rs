use proto::registry::v1::*;
use rpc::{Fields, Result};

use crate::snapshot::Paging;
use crate::{Registry, convert, search};

pub(super) async fn search(
    registry: &Registry,
    request: SearchEntitiesRequest,
) -> Result<SearchEntitiesResponse> {
    let mut fields = Fields::new();
    convert::search::check(&mut fields, &request.query);
    let query = search::Query::read(&mut fields, &request.query, &request.filter);
    let size = fields.take("", convert::search::page_size(request.page_size));
    let paging = Paging {
        size: size.unwrap_or_default(),
        token: &request.page_token,
        arguments: &["SearchEntities", &request.query, &request.filter],
    };
    let (seen, page) = registry
        .see_page(fields, request.consistency.as_ref(), paging)
        .await?;
    let page = search::search(registry.store.reader(), &seen, query, page).await?;
    Ok(SearchEntitiesResponse {
        matches: page.rows,
        next_page_token: page.next_page_token,
        snapshot: seen.token(),
    })
}

pub(super) async fn resolve(
    registry: &Registry,
    request: ResolveEntitiesRequest,
) -> Result<ResolveEntitiesResponse> {
    let mut fields = Fields::new();
    let queries = fields.take("", convert::search::queries(&request.queries));
    let seen = registry.see(fields, request.consistency.as_ref()).await?;
    let queries = queries.unwrap_or_default();
    let db = registry.store.reader();
    Ok(ResolveEntitiesResponse {
        resolutions: search::resolve::resolve(db, seen.commit, queries).await?,
        snapshot: seen.token(),
    })
}
