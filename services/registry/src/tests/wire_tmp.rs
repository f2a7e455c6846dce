use super::*;
use proto::registry::v1::registry_service_client::RegistryServiceClient;

#[tokio::test]
async fn trailer_size() {
    let (registry, _folder) = sqlite().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = registry.service();
    tokio::spawn(async move {
        tonic::transport::Server::builder().add_service(service)
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)).await.unwrap();
    });
    let mut client = RegistryServiceClient::connect(format!("http://{address}")).await.unwrap();
    for n in [1, 20, 40, 60, 100, 1000] {
        let rows: Vec<_> = (0..n).map(|i| region(&format!("Bad {i}"), &[("x", "en")])).collect();
        let status = client.batch_add_entities(BatchAddEntitiesRequest{entities: rows, ..Default::default()}).await.unwrap_err();
        eprintln!("{n}: {:?} {} details {}", status.code(), status.message().chars().take(150).collect::<String>(), status.details().len());
    }
}
