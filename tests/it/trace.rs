//! One trace through all services: in the log, and at a collector.

use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use proto::reporting::v1::{CreateTemplateRequest, Template};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::harness::process::soon;
use crate::harness::{Backend, World, on_both, seed};
use crate::reporting::{observation, prose, quoted, template};

on_both!(
    the_log_of_every_service_names_the_trace_of_the_caller,
    a_collector_gets_the_spans_of_one_trace,
);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Creates a template as part of the trace: reporting asks metrics for what it cites.
async fn call(world: &World) {
    let section = prose(
        "it",
        "{size}",
        vec![quoted("size", observation("gdp", "2019"))],
    );
    let wanted: Template = template(vec![section]);
    let mut request = Request::new(CreateTemplateRequest {
        template_id: "it".to_owned(),
        template: Some(wanted),
        ..Default::default()
    });
    let parent = format!("00-{TRACE}-{CALLER}-01");
    let parent = parent.parse().expect("it is ASCII");
    request.metadata_mut().insert("traceparent", parent);
    let created = world.reporting().create_template(request).await;
    created.expect("it is good");
}

async fn the_log_of_every_service_names_the_trace_of_the_caller(backend: Backend) {
    let settings = [("ALMANAC__TELEMETRY__LOG", "info,almanac=debug")];
    let world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    call(&world).await;
    let told = |service: &str| {
        let log = world.logs();
        let events = log
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut of_call = events.filter(|event| event["rpc.service"] == service);
        of_call.any(|event| event["trace_id"] == TRACE && event["message"] == "request")
    };
    for service in ["reporting.v1.ReportingService", "metrics.v1.MetricsService"] {
        let service = format!("almanac.{service}");
        let telling = async {
            while !told(&service) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        soon(&format!("the log of {service} has the trace"), telling).await;
    }
    let others = world.logs();
    let others = others
        .lines()
        .filter(|line| line.contains("\"rpc.method\""));
    assert!(
        others
            .clone()
            .any(|line| line.contains("\"trace_id\"") && !line.contains(TRACE)),
        "a call without a trace begins one"
    );
}

/// A collector that hands on what it gets.
struct Collector(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            // The test may have seen enough.
            let _unread = self.0.send(span);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn collector() -> (SocketAddr, mpsc::UnboundedReceiver<Span>) {
    let (to, from) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let serving = Server::builder()
        .add_service(TraceServiceServer::new(Collector(to)))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);
    (address, from)
}

fn hexadecimal(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn a_collector_gets_the_spans_of_one_trace(backend: Backend) {
    let (address, mut spans) = collector().await;
    let endpoint = format!("http://{address}");
    // What the log leaves out the collector gets all the same.
    let settings = [
        ("ALMANAC__TELEMETRY__OTLP_ENDPOINT", endpoint.as_str()),
        ("ALMANAC__TELEMETRY__LOG", "warn,almanac::serve=info"),
    ];
    let world = World::start_with(backend, &settings).await;
    seed::all(&world).await;
    call(&world).await;
    let mut found: Vec<Span> = Vec::new();
    let gathering = async {
        let is_outer = |span: &Span| hexadecimal(&span.parent_span_id) == CALLER;
        while !found.iter().any(is_outer) {
            let span = spans.recv().await.expect("the collector stands");
            if hexadecimal(&span.trace_id) == TRACE {
                found.push(span);
            }
        }
    };
    soon("the outer span arrives, which ends last", gathering).await;
    let named = |name: &str| {
        let span = found.iter().find(|span| span.name.starts_with(name));
        span.unwrap_or_else(|| panic!("no span {name}: {found:?}"))
    };
    let outer = named("almanac.reporting.v1.ReportingService/CreateTemplate");
    assert_eq!(hexadecimal(&outer.parent_span_id), CALLER);
    let inner = named("almanac.metrics.v1.MetricsService/");
    assert_eq!(inner.parent_span_id, outer.span_id);
    let has = |key: &str| outer.attributes.iter().any(|one| one.key == key);
    for key in ["rpc.service", "rpc.method", "rpc.grpc.status_code"] {
        assert!(has(key), "{key}: {outer:?}");
    }
    assert!(
        !world.logs().contains("\"request\""),
        "no request was worth a warning"
    );
}
