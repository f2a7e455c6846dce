use prost::Message;
use rpc::{Error, Reason};
use tonic::Response;

use super::Answer;
use crate::LARGEST_ANSWER;

/// An answer that has been checked to fit into one message.
pub(super) fn fitting<T: Message>(answer: T) -> Answer<T> {
    if answer.encoded_len() > LARGEST_ANSWER {
        let message =
            format!("the answer is larger than {LARGEST_ANSWER} bytes; ask for less at once");
        return Err(Error::new(Reason::TooManyItems, message).into());
    }
    Ok(Response::new(answer))
}
