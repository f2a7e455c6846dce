//! Answers that fit into a message: rows with their sizes, and what becomes of those for
//! which there is no room.

use prost::Message;
use rpc::{ANSWER_BYTES, Error, Reason, Room};

/// Rows to read at first: those of a usual page, and one more.
const FIRST: usize = 101;

/// How large the rows of an answer are, as far as they were read. Rows are read in portions,
/// so that large ones are not all read only to be left out.
#[derive(Debug, Default)]
pub(crate) struct Measure {
    rows: usize,
    bytes: usize,
}

impl Measure {
    /// Takes a row into account.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes;
    }

    /// How many rows to read next: about as many as there is room for.
    pub(crate) fn portion(&self, room: &Room) -> usize {
        match self.bytes.checked_div(self.rows) {
            None => FIRST,
            Some(mean) => room.left() / mean.max(1) + 1,
        }
    }
}

/// Takes room for a message, if there is. Unlike [`Room::take`] it refuses a first one that is
/// too large.
pub(crate) fn takes(room: &mut Room, message: &impl Message) -> bool {
    let bytes = message.encoded_len();
    bytes <= room.left() && room.take(bytes)
}

/// The error for a batch of which an answer has room for the first `count` items only.
pub(crate) fn too_large(field: &str, count: usize) -> Error {
    let message = match count {
        0 => format!("asks for more than {ANSWER_BYTES} bytes with its first item; ask for less"),
        _ => format!(
            "asks for more than {ANSWER_BYTES} bytes; the answer to the first {count} of it would fit"
        ),
    };
    Error::field(Reason::AnswerTooLarge, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_about_fill_the_room() {
        let (mut measure, mut room) = (Measure::default(), Room::default());
        assert_eq!(measure.portion(&room), FIRST);
        for _ in 0..10 {
            room.take(100_000);
            measure.add(100_000);
        }
        assert_eq!(measure.portion(&room), room.left() / 100_000 + 1);
    }

    #[test]
    fn what_is_too_large_by_itself_is_not_taken() {
        let mut room = Room::default();
        assert!(!takes(&mut room, &vec![0; ANSWER_BYTES]));
        assert!(takes(&mut room, &vec![0; ANSWER_BYTES / 2]));
    }
}
