//! Requests as bytes over HTTP/2, for what a generated client would never send or show.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic::Status;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub code: StatusCode,
    /// What stood before the body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What stood after it.
    pub trailers: HeaderMap,
}

impl Answer {
    /// The status of gRPC, wherever it stands.
    pub fn status(&self) -> Status {
        let status = Status::from_header_map(&self.trailers);
        let status = status.or_else(|| Status::from_header_map(&self.headers));
        status.expect("an answer of gRPC has a status")
    }

    /// The first message, unpacked if it is packed, and whether it is.
    pub fn message(&self) -> (Vec<u8>, bool) {
        let (prefix, rest) = self.body.split_at(5);
        let &[packed, a, b, c, d] = prefix else {
            unreachable!("it has five bytes")
        };
        let message = &rest[..u32::from_be_bytes([a, b, c, d]) as usize];
        if packed == 0 {
            return (message.to_vec(), false);
        }
        let mut unpacked = Vec::new();
        let read = GzDecoder::new(message).read_to_end(&mut unpacked);
        read.expect("it is packed by gzip");
        (unpacked, true)
    }
}

/// A call of gRPC with one message.
pub fn call(path: &str, message: &[u8]) -> Request<Vec<u8>> {
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    let request = request.body(framed(0, message));
    request.expect("a request")
}

/// The same with the message packed, by somebody who reads packed answers.
pub fn packed_call(path: &str, message: &[u8]) -> Request<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(message).expect("memory can be written");
    let packed = packed.finish().expect("memory can be written");
    let request = call(path, &[]);
    let mut request = request.map(|_| framed(1, &packed));
    for header in ["grpc-encoding", "grpc-accept-encoding"] {
        let gzip = http::HeaderValue::from_static("gzip");
        request.headers_mut().insert(header, gzip);
    }
    request
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    [&[flag], length.to_be_bytes().as_slice(), message].concat()
}

/// Sends it over a connection of its own and waits for all of the answer.
pub async fn send(address: SocketAddr, request: Request<Vec<u8>>) -> Answer {
    let mut request = request.map(|body| Full::new(Bytes::from(body)));
    let uri = format!("http://{address}{}", request.uri().path());
    *request.uri_mut() = uri.parse().expect("a URL");
    if request.method() == Method::GET {
        *request.body_mut() = Full::default();
    }
    let mut client = Client::builder(TokioExecutor::new());
    let client = client.http2_only(true).build_http::<Full<Bytes>>();
    let answer = client.request(request).await.expect("an answer");
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a whole answer");
    Answer {
        code: head.status,
        headers: head.headers,
        trailers: body.trailers().cloned().unwrap_or_default(),
        body: body.to_bytes(),
    }
}
