//! Lists of entities.

use proto::registry::v1 as pb;
use rpc::{Fields, Page, PageRequest, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Condition, ConnectionTrait};
use store::{filter, order};

use super::record::{Summary, TABLE};
use super::{COLLECTION, Entity, View};
use crate::snapshot::Seen;
use crate::stored::{Listed, Listing};

/// Fields that lists can be filtered by.
pub(crate) const FILTERS: &[filter::Field] = &[
    filter::Field::new("name", "name", filter::Kind::Name(COLLECTION)),
    filter::Field::new("kind", "kind", filter::Kind::Text),
    filter::Field::new(
        "record_status",
        "record_status",
        filter::Kind::Enum(&[
            ("PUBLISHED", 1),
            ("DRAFT", 2),
            ("DUPLICATE", 3),
            ("WITHDRAWN", 4),
        ]),
    ),
    filter::Field::new(
        "lifecycle_state",
        "lifecycle_state",
        filter::Kind::Enum(&[("PLANNED", 1), ("ACTIVE", 2), ("CLOSED", 3)]),
    ),
    filter::Field::new("display_name", "display_name", filter::Kind::Text),
    filter::Field::new("placeholder", "placeholder", filter::Kind::Bool),
    filter::Field::new("create_time", "created_at", filter::Kind::Time),
    filter::Field::new("update_time", "updated_at", filter::Kind::Time),
];

/// Fields that lists can be ordered by; the first one is unique.
const ORDERS: &[order::Field] = &[
    order::Field::text("name", "name"),
    order::Field::text("display_name", "display_name"),
    order::Field::text("kind", "kind"),
    order::Field::number("create_time", "created_at"),
    order::Field::number("update_time", "updated_at"),
];

/// What a list shows.
#[derive(Debug)]
pub(crate) struct List {
    pub filter: Condition,
    pub order: Vec<order::Key>,
    pub show_deleted: bool,
    pub view: View,
}

impl List {
    /// Reads filter and order.
    pub(crate) fn read(fields: &mut Fields, filter: &str, order_by: &str) -> Self {
        let filter = fields.take("", filter::condition(filter, FILTERS));
        let order = fields.take("", order::read(order_by, ORDERS));
        Self {
            filter: filter.unwrap_or_else(Condition::all),
            order: order.unwrap_or_default(),
            show_deleted: false,
            view: View::Full,
        }
    }

    /// A page of entities.
    pub(crate) async fn page(
        self,
        db: &impl ConnectionTrait,
        page: PageRequest,
        seen: &Seen,
    ) -> Result<Page<pb::Entity>> {
        let mut select = match self.view {
            View::Full => TABLE.at(seen.commit),
            View::Summary => TABLE.columns_at(Summary::COLUMNS, seen.commit),
        };
        select.cond_where(self.filter);
        if !self.show_deleted {
            select.and_where(Expr::cust("deleted_at").is_null());
        }
        let order = &self.order;
        match self.view {
            View::Full => {
                let list = Listing {
                    select,
                    order,
                    read: Listed::full::<Entity>,
                    key,
                };
                list.page(db, page, seen).await
            }
            View::Summary => {
                let read = |row: Summary| {
                    let times = (row.created_at, row.updated_at);
                    Ok(Listed::new(times, row.into()))
                };
                let list = Listing {
                    select,
                    order,
                    read,
                    key,
                };
                list.page(db, page, seen).await
            }
        }
    }
}

fn key(row: &Listed<pb::Entity>, key: &order::Key) -> String {
    let entity = &row.message;
    match key.field.name {
        "display_name" => entity.display_name.clone(),
        "kind" => entity.kind.clone(),
        "create_time" => row.created_at.to_string(),
        "update_time" => row.updated_at.to_string(),
        _ => super::id_of(&entity.name).to_owned(),
    }
}
