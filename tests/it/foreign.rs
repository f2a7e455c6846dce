//! Whoever does not speak gRPC is told what this port speaks.

use std::net::SocketAddr;

use http::{Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::plain::{Answer, send};
use crate::harness::process::soon;
use crate::harness::{Backend, World};

const METHOD: &str = "/almanac.registry.v1.RegistryService/ListEntities";

#[track_caller]
fn check(answer: &Answer, code: StatusCode) {
    assert_eq!(answer.code, code, "{answer:?}");
    let kind = answer.headers["content-type"].to_str().expect("a text");
    assert!(kind.starts_with("text/plain"), "{answer:?}");
    let text = std::str::from_utf8(&answer.body).expect("text");
    check_text(text);
}

#[track_caller]
fn check_text(text: &str) {
    assert!(text.contains("gRPC over HTTP/2"), "{text}");
    assert!(text.contains("grpcurl -plaintext"), "{text}");
    assert_eq!(text.find('\n'), Some(text.len() - 1), "one line: {text}");
}

/// What does not speak gRPC over HTTP/2, by the type of its body.
fn posted(kind: &str, body: &str) -> Request<Vec<u8>> {
    let request = Request::post(METHOD).header("content-type", kind);
    let request = request.body(body.as_bytes().to_vec());
    request.expect("a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_protocol_over_http2_is_told_what_to_use() {
    let world = World::start(Backend::Sqlite).await;
    for (kind, body) in [
        ("application/json", "{}"),
        ("application/connect+json", "{}"),
        ("application/proto", ""),
        ("application/grpc-web", "\0\0\0\0\0"),
        ("application/grpc-web-text", "AAAAAAA="),
        ("text/plain", "hello"),
    ] {
        let answer = send(world.address(), posted(kind, body)).await;
        check(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let request = Request::get("/").body(Vec::new()).expect("a request");
    let answer = send(world.address(), request).await;
    check(&answer, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "POST");
}

/// Says something over a bare connection and hears all of the answer.
async fn heard(address: SocketAddr, said: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(said).await.expect("it listens");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    soon("the answer", read)
        .await
        .expect("an answer and an end");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_http1_is_told_what_to_use() {
    let world = World::start(Backend::Sqlite).await;
    let head = format!("POST {METHOD} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
    let large = "x".repeat(1 << 20);
    for request in [
        "GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "PUT / HTTP/1.0\r\n\r\n".to_owned(),
        format!("{head}content-length: 2\r\n\r\n{{}}"),
        format!("{head}content-length: {}\r\n\r\n{large}", large.len()),
    ] {
        let answer = heard(world.address(), request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        assert!(head.contains(" 505 "), "{head}");
        check_text(body);
    }
}
