//! What the three services share below their own tables: two databases behind one door,
//! commits that are numbered in commit order, migrations under a lock, replay of repeated
//! requests, a feed of changes, the key of what is handed out, turns of writers, reads in groups, a cache of answers, filters and orders
//! as SQL.
//!
//! Invariants: every write goes through [`Store::begin`] and takes its number from
//! [`commit`]; the same SQL means the same on SQLite and PostgreSQL (text compares by
//! bytes, SQL never folds case, times are whole microseconds); no service's tables are
//! named here.

pub mod clock;
pub mod commit;
mod connect;
mod epoch;
pub mod feed;
pub mod filter;
mod group;
mod insert;
pub mod migration;
pub mod order;
pub mod replay;
mod response_cache;
pub mod turn;

pub use commit::Commit;
pub use connect::{DatabaseConfig, Engine, Store};
pub use epoch::begin_epoch;
pub use group::GroupRead;
pub use insert::{Column, insert};
pub use response_cache::ResponseCache;
