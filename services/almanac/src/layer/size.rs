//! Refuses a message by the length it declares, before it is read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body as HttpBody, Frame};
use rpc::{Error, Reason};
use tonic::Status;
use tonic::body::Body;

use super::Next;
use super::body::Polled;

/// Compression flag and length.
const PREFIX: usize = 5;

/// Puts the limit on every message of the request.
pub async fn run(limit: usize, request: Request<Body>, next: Next) -> Response<Body> {
    let measured = |body| {
        Body::new(Measured {
            body,
            limit,
            prefix: Vec::with_capacity(PREFIX),
            rest: 0,
            refusal: None,
        })
    };
    next.run(request.map(measured)).await
}

/// The refusal of a message of this length, if it is known.
pub fn too_large(length: Option<usize>, limit: usize) -> Error {
    let message = match length {
        Some(length) => format!("the message has {length} bytes; at most {limit} are accepted"),
        None => format!(
            "the message has more than {limit} bytes once unpacked, which is the most accepted"
        ),
    };
    Error::new(Reason::MessageTooLarge, message)
}

/// A request body that knows where its messages begin.
#[derive(Debug)]
struct Measured {
    body: Body,
    limit: usize,
    prefix: Vec<u8>,
    rest: usize,
    refusal: Option<Error>,
}

impl Measured {
    /// Walks over the messages in `data` and returns how much of it may pass on.
    fn accept(&mut self, data: &[u8]) -> usize {
        let mut at = 0;
        while at < data.len() {
            if self.rest > 0 {
                let step = self.rest.min(data.len() - at);
                self.rest -= step;
                at += step;
                continue;
            }
            self.prefix.push(data[at]);
            at += 1;
            if let &[_, a, b, c, d] = self.prefix.as_slice() {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                if length > self.limit {
                    self.refusal = Some(too_large(Some(length), self.limit));
                    return at.saturating_sub(PREFIX);
                }
                self.prefix.clear();
                self.rest = length;
            }
        }
        data.len()
    }
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        if let Some(refusal) = self.refusal.take() {
            self.body = Body::empty();
            return Poll::Ready(Some(Err(refusal.into())));
        }
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            other => return Poll::Ready(other),
        };
        let mut data = match frame.into_data() {
            Ok(data) => data,
            Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
        };
        let accepted = self.accept(&data);
        data.truncate(accepted);
        if data.is_empty() && self.refusal.is_some() {
            return self.poll_frame(cx);
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    // Not that of the body below: a refusal is still to come when it has ended.
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(limit: usize) -> Measured {
        Measured {
            body: Body::empty(),
            limit,
            prefix: Vec::new(),
            rest: 0,
            refusal: None,
        }
    }

    fn message(length: usize) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
        bytes.resize(PREFIX + length, 7);
        bytes
    }

    #[test]
    fn messages_up_to_the_limit_pass_however_they_are_cut() {
        let stream = [message(10), message(0), message(9)].concat();
        for piece in 1..=stream.len() {
            let mut body = measured(10);
            let passed: usize = stream.chunks(piece).map(|data| body.accept(data)).sum();
            assert_eq!(passed, stream.len(), "in pieces of {piece}");
            assert!(body.refusal.is_none());
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused_and_the_one_before_it_passes() {
        let stream = [message(10), message(11)].concat();
        let mut body = measured(10);
        assert_eq!(body.accept(&stream), PREFIX + 10);
        let refusal = body.refusal.unwrap();
        assert_eq!(refusal.reason(), Reason::MessageTooLarge);
        assert!(refusal.message().contains("11 bytes; at most 10"));
    }
}
