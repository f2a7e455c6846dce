package dev.almanac.client;

import com.google.gson.Gson;
import com.google.longrunning.OperationsGrpc;
import com.google.longrunning.OperationsGrpc.OperationsBlockingStub;
import dev.almanac.metrics.v1.MetricsServiceGrpc;
import dev.almanac.metrics.v1.MetricsServiceGrpc.MetricsServiceBlockingStub;
import dev.almanac.metrics.v1.MetricsServiceGrpc.MetricsServiceStub;
import dev.almanac.registry.v1.RegistryServiceGrpc;
import dev.almanac.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.almanac.reporting.v1.ReportingServiceGrpc;
import dev.almanac.reporting.v1.ReportingServiceGrpc.ReportingServiceBlockingStub;
import dev.almanac.server.v1.ServerServiceGrpc;
import dev.almanac.server.v1.ServerServiceGrpc.ServerServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The stubs of all services over one channel. Requests are compressed, answers too; reads are
 * repeated while the server is away, as the service config says that is published with the contract.
 */
public final class Almanac implements AutoCloseable {
  private static final String COMPRESSION = "gzip";

  private final ManagedChannel channel;

  private Almanac(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Connects to a server that speaks plain HTTP/2, such as {@code 127.0.0.1:7430}. */
  public static Almanac plaintext(String target) {
    return over(ManagedChannelBuilder.forTarget(target).usePlaintext());
  }

  /** Connects over a channel of your own making; closing the client closes it. */
  public static Almanac over(ManagedChannelBuilder<?> builder) {
    return new Almanac(builder.defaultServiceConfig(serviceConfig()).enableRetry().build());
  }

  public RegistryServiceBlockingStub registry() {
    return RegistryServiceGrpc.newBlockingStub(channel).withCompression(COMPRESSION);
  }

  public MetricsServiceBlockingStub metrics() {
    return MetricsServiceGrpc.newBlockingStub(channel).withCompression(COMPRESSION);
  }

  MetricsServiceStub asyncMetrics() {
    return MetricsServiceGrpc.newStub(channel).withCompression(COMPRESSION);
  }

  public ReportingServiceBlockingStub reporting() {
    return ReportingServiceGrpc.newBlockingStub(channel).withCompression(COMPRESSION);
  }

  public OperationsBlockingStub operations() {
    return OperationsGrpc.newBlockingStub(channel).withCompression(COMPRESSION);
  }

  public ServerServiceBlockingStub server() {
    return ServerServiceGrpc.newBlockingStub(channel).withCompression(COMPRESSION);
  }

  /** The channel, for calls that no stub has. */
  public ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, ?> serviceConfig() {
    var stream = Almanac.class.getResourceAsStream("service_config.json");
    return new Gson().fromJson(new InputStreamReader(stream, StandardCharsets.UTF_8), Map.class);
  }
}
