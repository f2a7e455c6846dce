//! A panic ends the request it happened in, and nothing else.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, Response};
use hyper::body::{Body as HttpBody, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::body::{Polled, trailers};
use super::{Next, refuse};

/// Answers INTERNAL in place of a handler that panics, and ends a stream that does.
pub async fn run(request: Request<Body>, next: Next) -> Response<Body> {
    let work = async move { next.run(request).await };
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(response) => response.map(|body| Body::new(Guarded { body: Some(body) })),
        Err(panic) => refuse(caught(panic.as_ref())),
    }
}

fn caught(panic: &(dyn Any + Send)) -> rpc::Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    rpc::Error::internal(anyhow::anyhow!("panic: {}", text.unwrap_or("unknown")))
}

/// A body that is gone after a panic.
struct Guarded {
    body: Option<Body>,
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        match panic::catch_unwind(AssertUnwindSafe(|| Pin::new(body).poll_frame(cx))) {
            Ok(polled) => polled,
            Err(panic) => {
                self.body = None;
                Poll::Ready(Some(Ok(trailers(&caught(panic.as_ref()).into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[tokio::test]
    async fn a_panic_in_a_handler_is_an_internal_error_without_its_text() {
        let next = Next::new(|_| async { panic!("secret") });
        let response = run(Request::new(Body::empty()), next).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("secret"));
    }

    #[tokio::test]
    async fn a_panic_in_a_stream_ends_it_with_an_internal_error() {
        struct Bad;
        impl HttpBody for Bad {
            type Data = Bytes;
            type Error = Status;
            fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Polled {
                panic!("secret")
            }
        }
        let next = Next::new(|_| async { Response::new(Body::new(Bad)) });
        let mut body = run(Request::new(Body::empty()), next).await.into_body();
        let mut frame =
            async || std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        let trailers = frame().await.unwrap().unwrap().into_trailers().unwrap();
        assert_eq!(
            Status::from_header_map(&trailers).unwrap().code(),
            Code::Internal
        );
        assert!(frame().await.is_none());
    }
}
