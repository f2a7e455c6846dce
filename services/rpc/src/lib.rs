//! What every handler shares: errors, field checks, pages, snapshot tokens. A closed list;
//! anything that only one service needs lives in that service.

mod again;
mod error;
mod field;
mod page;
mod peer;
mod quantity;
mod time;
mod token;
mod work;

pub use error::{Error, Reason, Result, Violation, row_status};
pub use field::Fields;
pub use page::{Page, PageRequest, page_size};
pub use peer::{Peer, Propagate, peer_error};
pub use quantity::{read_period, read_quantity, write_interval, write_period, write_quantity};
pub use time::{micros, read_time};
pub use token::{Part, Snapshot, Token};
pub use work::{Names, Work, collect};
