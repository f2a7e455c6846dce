//! What every handler shares: errors, field checks, pages, snapshot tokens. A closed list;
//! anything that only one service needs lives in that service.

mod again;
mod consistency;
mod error;
mod field;
mod page;
mod peer;
mod quantity;
mod seal;
mod time;
mod token;
mod work;

pub use consistency::{Consistency, Newest, at_least_as_fresh, at_snapshot};
pub use error::{Error, Reason, Result, Violation, row_status};
pub use field::Fields;
pub use page::{ANSWER_BYTES, Page, PageRequest, Room, Unusable, page_size, page_size_of};
pub use peer::{Peer, Propagate, peer_error};
pub use quantity::{read_period, read_quantity, write_interval, write_period, write_quantity};
pub use seal::Sealer;
pub use time::{micros, read_time};
pub use token::{Part, Stamp, Token};
pub use work::{Names, Work, collect};
