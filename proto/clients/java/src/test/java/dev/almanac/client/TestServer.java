package dev.almanac.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A server over a copy of the seeded data: the binary of ALMANAC_BIN, the data in ALMANAC_SEED. */
final class TestServer implements AutoCloseable {
  private final Path data;
  private final String address;
  private Process process;

  TestServer() throws IOException, InterruptedException {
    data = Files.createTempDirectory("almanac-");
    var seed = Path.of(environment("ALMANAC_SEED"));
    try (var files = Files.walk(seed)) {
      for (var file : (Iterable<Path>) files::iterator) {
        var target = data.resolve(seed.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = "127.0.0.1:" + socket.getLocalPort();
    }
    start();
  }

  String address() {
    return address;
  }

  void restart() throws IOException, InterruptedException {
    close();
    start();
  }

  private void start() throws IOException, InterruptedException {
    var log = data.resolve("server.log");
    var program = environment("ALMANAC_BIN");
    var serve = new ProcessBuilder(program, "--data-dir", data.toString(), "serve");
    serve.environment().put("ALMANAC__LISTEN", address);
    serve.redirectErrorStream(true);
    serve.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    process = serve.start();
    var health = new ProcessBuilder(program, "health", "--server", "http://" + address);
    var deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (health.start().waitFor() != 0) {
      if (Instant.now().isAfter(deadline)) {
        throw new IllegalStateException(Files.readString(log));
      }
      Thread.sleep(50);
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  private static String environment(String name) {
    return Optional.ofNullable(System.getenv(name))
        .filter(value -> !value.isEmpty())
        .orElseThrow(() -> new IllegalStateException(name + " is not set; run check.sh"));
  }
}
