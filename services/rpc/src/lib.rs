//! What every handler shares: errors, field checks, pages, snapshot tokens. A closed list;
//! anything that only one service needs lives in that service.

mod error;
mod field;
mod page;
mod peer;
mod token;

pub use error::{Error, Reason, Result, Violation, row_status};
pub use field::Fields;
pub use peer::{Peer, Propagate, peer_error};
pub use page::{Page, PageRequest, page_size};
pub use token::{Part, Snapshot, Token};
