package dev.almanac.client;

import static dev.almanac.client.Values.afterSnapshot;
import static dev.almanac.client.Values.atLeastAsFresh;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import dev.almanac.figure.v1.OnError;
import dev.almanac.metrics.v1.ClaimInput;
import dev.almanac.metrics.v1.GetClaimSetRequest;
import dev.almanac.metrics.v1.GetSeriesRequest;
import dev.almanac.metrics.v1.ListClaimVintagesRequest;
import dev.almanac.metrics.v1.ListIndicatorsRequest;
import dev.almanac.metrics.v1.OpenIngest;
import dev.almanac.metrics.v1.Provenance;
import dev.almanac.metrics.v1.SeriesKey;
import dev.almanac.metrics.v1.SeriesView;
import dev.almanac.metrics.v1.SourceSeriesDeclaration;
import dev.almanac.metrics.v1.StreamSeriesRequest;
import dev.almanac.registry.v1.CreateEntityRequest;
import dev.almanac.registry.v1.CreateEntityResponse;
import dev.almanac.registry.v1.Entity;
import dev.almanac.registry.v1.GetEntityRequest;
import dev.almanac.registry.v1.GetEntityResponse;
import dev.almanac.registry.v1.GetSnapshotRequest;
import dev.almanac.registry.v1.Name;
import dev.almanac.registry.v1.RecordKind;
import dev.almanac.registry.v1.RegistryServiceGrpc;
import dev.almanac.registry.v1.WatchChangesRequest;
import dev.almanac.reporting.v1.DownloadArtefactRequest;
import dev.almanac.reporting.v1.ListFiguresRequest;
import dev.almanac.reporting.v1.RunReportMetadata;
import dev.almanac.reporting.v1.RunReportRequest;
import dev.almanac.server.v1.GetServerInfoRequest;
import io.grpc.CallOptions;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The scenario that all clients play. */
class ScenarioTest {
  private static final JsonObject EXPECTED = expectations();
  private static TestServer server;
  private static Almanac almanac;

  @BeforeAll
  static void start() throws Exception {
    server = new TestServer();
    almanac = Almanac.plaintext(server.address());
  }

  @AfterAll
  static void stop() throws Exception {
    almanac.close();
    server.close();
  }

  @Test
  void pages() {
    var want = EXPECTED.getAsJsonObject("pages");
    var request = ListIndicatorsRequest.newBuilder().setPageSize(want.get("page_size").getAsInt());
    var pages = Pages.of(almanac.metrics()::listIndicators, request.build()).toList();
    var names =
        pages.stream().flatMap(page -> page.getIndicatorsList().stream()).map(i -> i.getName());
    assertEquals(texts(want, "indicators"), names.toList());
    assertEquals(want.get("pages").getAsInt(), pages.size());
  }

  @Test
  void claimSet() {
    var want = EXPECTED.getAsJsonObject("claim_set");
    var set = almanac.metrics().getClaimSet(observation(want).build()).getClaimSet();
    assertEquals(text(want, "state"), set.getState().name());
    assertEquals(text(want, "rule"), set.getRule().getReason().name());
    var spread = want.getAsJsonObject("spread");
    assertEquals(text(spread, "lower"), set.getSpread().getLower());
    assertEquals(text(spread, "upper"), set.getSpread().getUpper());
    assertEquals(text(want, "spread_percent"), set.getSpreadPercent());
    var claims = set.getClaimsList();
    assertEquals(
        texts(want, "numbers"), claims.stream().map(c -> c.getQuantity().getNumber()).toList());
    assertEquals(
        texts(want, "sources"), claims.stream().map(c -> c.getProvenance().getSource()).toList());
    assertEquals(texts(want, "claims"), claims.stream().map(c -> c.getName()).toList());
    for (var claim : claims) {
      assertEquals(want.get("multiplier").getAsInt(), claim.getQuantity().getMultiplier());
      var named =
          Figure.claimName(
              claim.getSourceSeries(), text(want, "period"), claim.getRelease(), claim.getOrdinal());
      assertEquals(named, claim.getName());
    }
  }

  @Test
  void asOf() throws Exception {
    var want = EXPECTED.getAsJsonObject("as_of");
    var request = observation(want).setAsOf(Timestamps.parse(text(want, "as_of")));
    var claim = almanac.metrics().getClaimSet(request.build()).getClaimSet().getClaims(0);
    assertEquals(text(want, "number"), claim.getQuantity().getNumber());
    assertEquals(text(want, "release"), claim.getRelease());
    var history =
        ListClaimVintagesRequest.newBuilder()
            .setSeriesKey(key(want, "series_key"))
            .setPeriod(text(want, "period"))
            .setPageSize(1);
    var vintages =
        Pages.of(almanac.metrics()::listClaimVintages, history.build())
            .flatMap(page -> page.getClaimsList().stream())
            .map(vintage -> vintage.getQuantity().getNumber());
    assertEquals(texts(want, "vintages"), vintages.toList());
  }

  @Test
  void nameAndKey() {
    var want = EXPECTED.getAsJsonObject("mismatch");
    var byKey = GetSeriesRequest.newBuilder().setKey(key(want, "series_of"));
    var name = almanac.metrics().getSeries(byKey.build()).getData().getSeries().getName();
    var both = GetSeriesRequest.newBuilder().setName(name).setKey(key(want, "key"));
    var error = refused(() -> almanac.metrics().getSeries(both.build()));
    assertEquals("ERROR_REASON_" + text(want, "reason"), error.reason().name());
  }

  @Test
  void largeAnswers() {
    var large = EXPECTED.getAsJsonObject("large");
    var limits =
        almanac.server().getServerInfo(GetServerInfoRequest.getDefaultInstance()).getLimits();
    assertEquals(large.get("answer_bytes").getAsInt(), limits.getAnswerBytes());
    var want = large.getAsJsonObject("daily");
    for (var view : List.of(SeriesView.SERIES_VIEW_CLAIMS, SeriesView.SERIES_VIEW_PACKED)) {
      var request =
          GetSeriesRequest.newBuilder().setKey(key(want, "series_key")).setView(view).build();
      var figures =
          Pages.of(almanac.metrics()::getSeries, request)
              .map(ScenarioTest::within)
              .flatMap(page -> Figure.of(page.getData()))
              .toList();
      assertEquals(want.get("figures").getAsInt(), figures.size());
      var sum =
          figures.stream()
              .map(figure -> figure.value().orElseThrow())
              .reduce(BigDecimal.ZERO, BigDecimal::add);
      assertEquals(0, sum.compareTo(new BigDecimal(text(want, "sum"))));
      var last = figures.get(figures.size() - 1);
      var wantLast = want.getAsJsonObject("last");
      assertEquals(text(wantLast, "period"), last.period());
      assertEquals(text(wantLast, "number"), last.quantity().orElseThrow().getNumber());
      assertEquals(text(wantLast, "claim"), last.claim());
    }
    var noted = large.getAsJsonObject("noted");
    var count = noted.get("claims").getAsInt();
    var claims =
        Pages.of(almanac.metrics()::getClaimSet, observation(noted).build())
            .map(ScenarioTest::within)
            .peek(page -> assertEquals(count, page.getClaimSet().getClaimCount()))
            .flatMap(page -> page.getClaimSet().getClaimsList().stream())
            .toList();
    assertEquals(count, claims.size());
    var notes = claims.stream().mapToInt(claim -> claim.getText().getNotesCount()).sum();
    assertEquals(count * noted.get("notes").getAsInt(), notes);
  }

  @Test
  void cursor() {
    var whole = new Streamed("", Long.MAX_VALUE);
    var first = new Streamed("", 1);
    var rest = new Streamed(first.cursor, Long.MAX_VALUE);
    assertEquals(
        whole.claims, Stream.concat(first.claims.stream(), rest.claims.stream()).toList());
  }

  /** What the stream of all series says after a cursor, in at most so many messages. */
  private static final class Streamed {
    final List<String> claims = new ArrayList<>();
    String cursor;

    Streamed(String after, long messages) {
      cursor = after;
      var context = io.grpc.Context.current().withCancellation();
      var previous = context.attach();
      try {
        var request = StreamSeriesRequest.newBuilder().setCursor(after).build();
        var stream = almanac.metrics().streamSeries(request);
        for (long read = 0; read < messages && stream.hasNext(); read++) {
          var message = within(stream.next());
          message.getSeriesList().stream()
              .flatMap(Figure::of)
              .forEach(figure -> claims.add(figure.claim()));
          cursor = message.getCursor();
        }
      } finally {
        context.detach(previous);
        context.cancel(null);
      }
    }
  }

  @Test
  void ingest() throws Exception {
    var want = EXPECTED.getAsJsonObject("ingest");
    var rows =
        objects(want, "rows")
            .map(
                row ->
                    ClaimInput.newBuilder()
                        .setSourceSeries(1)
                        .setPeriod(Values.period(text(row, "period")))
                        .setQuantity(Values.number(new BigDecimal(text(row, "number"))))
                        .build())
            .toList();
    var declaration =
        SourceSeriesDeclaration.newBuilder()
            .setSourceSeries(1)
            .setSeries(key(want, "series_key"))
            .setProvenance(Provenance.newBuilder().setUnit(text(want, "unit")))
            .build();
    var open =
        OpenIngest.newBuilder()
            .setRelease(text(want, "release"))
            .setIngestId(text(want, "ingest_id"))
            .setOnError(OnError.ON_ERROR_SKIP_ROWS)
            .build();
    var done =
        new Ingest(open, List.of(declaration), sequence -> sequence == 1 ? rows : List.of())
            .run(almanac);
    assertEquals(want.get("written").getAsLong(), done.counts().getWritten());
    assertEquals(want.get("rejected").getAsLong(), done.counts().getRejected());
    assertEquals(1, done.badRows().size());
    var bad = done.badRows().get(0);
    var wantBad = want.getAsJsonObject("bad_row");
    assertEquals(wantBad.get("index").getAsInt(), bad.index());
    assertEquals("ERROR_REASON_" + text(wantBad, "reason"), bad.error().reason().name());
    assertEquals(text(wantBad, "field"), bad.error().violations().get(0).field());
    var entity = want.getAsJsonObject("entity");
    var created = create(text(entity, "id"), text(entity, "kind"), text(entity, "name"));
    var fresh = atLeastAsFresh(done.snapshot(), created.getSnapshot());
    var read =
        GetSeriesRequest.newBuilder().setKey(key(want, "series_key")).setConsistency(fresh).build();
    assertEquals(
        want.get("written").getAsInt(),
        almanac.metrics().getSeries(read).getData().getClaimsCount());
    var seen = GetEntityRequest.newBuilder().setName("entities/" + text(entity, "id"));
    almanac.registry().getEntity(seen.setConsistency(fresh).build());
  }

  @Test
  @Timeout(60)
  void watch() throws Exception {
    var want = EXPECTED.getAsJsonObject("watch");
    var kind = text(want, "kind");
    var now = almanac.registry().getSnapshot(GetSnapshotRequest.getDefaultInstance());
    create(text(want, "before"), kind, "before");
    var request =
        WatchChangesRequest.newBuilder()
            .setStart(afterSnapshot(now.getSnapshot()))
            .addKinds(RecordKind.RECORD_KIND_ENTITY)
            .build();
    var names = new ArrayList<String>();
    Watch.follow(
        almanac.registry()::watchChanges,
        request,
        message -> {
          assertEquals(message.getChangesCount() == 0, message.getIsCheckpoint());
          for (var change : message.getChangesList()) {
            names.add(change.getName());
            if (names.size() == 1) {
              restart();
              create(text(want, "after"), kind, "after");
            }
          }
          return !message.getIsCheckpoint() || names.size() < 2;
        });
    assertEquals(
        List.of("entities/" + text(want, "before"), "entities/" + text(want, "after")), names);
  }

  @Test
  void report() throws Exception {
    var want = EXPECTED.getAsJsonObject("report");
    var run = RunReportRequest.newBuilder().setTemplate(text(want, "template")).build();
    var progress = new ArrayList<RunReportMetadata>();
    var report = Reports.await(almanac, almanac.reporting().runReport(run), progress::add);
    assertTrue(progress.size() > 0);
    assertEquals(want.get("figures").getAsInt(), report.getFigureCount());
    assertEquals(text(want, "title"), report.getTitle());
    var figures = ListFiguresRequest.newBuilder().setReport(report.getName()).build();
    var claims =
        Pages.of(almanac.reporting()::listFigures, figures)
            .flatMap(page -> page.getFiguresList().stream())
            .flatMap(figure -> figure.getClaimsList().stream());
    assertEquals(texts(want, "claims"), claims.toList());
    var artefact = report.getArtefacts(0);
    var content = Reports.download(almanac, artefact);
    assertEquals(artefact.getDigest(), Reports.digest(content));
    var half = content.size() / 2;
    var request =
        DownloadArtefactRequest.newBuilder().setName(artefact.getName()).setOffset(half).build();
    var rest = ByteString.EMPTY;
    for (var pieces = almanac.reporting().downloadArtefact(request); pieces.hasNext(); ) {
      rest = rest.concat(pieces.next().getChunk());
    }
    assertEquals(content.substring(half), rest);
  }

  @Test
  void errors() {
    var want = EXPECTED.getAsJsonObject("errors");
    var period = want.getAsJsonObject("period");
    var badPeriod =
        GetClaimSetRequest.newBuilder()
            .setSeriesKey(key(EXPECTED.getAsJsonObject("claim_set"), "series_key"))
            .setPeriod(text(period, "period"));
    var error = refused(() -> almanac.metrics().getClaimSet(badPeriod.build()));
    matches(period, error);
    assertEquals(text(period, "field"), error.violations().get(0).field());
    assertEquals(error.reason(), error.violations().get(0).reason());
    var entity = want.getAsJsonObject("entity");
    var missing = GetEntityRequest.newBuilder().setName(text(entity, "name")).build();
    error = refused(() -> almanac.registry().getEntity(missing));
    matches(entity, error);
    assertEquals(text(entity, "resource"), error.resource());
    var method = want.getAsJsonObject("method");
    var unknown =
        RegistryServiceGrpc.getGetEntityMethod().toBuilder()
            .setFullMethodName(text(method, "path").substring(1))
            .build();
    error =
        refused(
            () ->
                ClientCalls.<GetEntityRequest, GetEntityResponse>blockingUnaryCall(
                    almanac.channel(), unknown, CallOptions.DEFAULT, missing));
    matches(method, error);
  }

  private static void matches(JsonObject want, AlmanacError error) {
    assertEquals(text(want, "code"), error.code().name());
    assertEquals("ERROR_REASON_" + text(want, "reason"), error.reason().name());
    assertEquals(text(EXPECTED.getAsJsonObject("errors"), "domain"), error.domain());
  }

  private static AlmanacError refused(Executable call) {
    return AlmanacError.of(assertThrows(StatusRuntimeException.class, call));
  }

  private static CreateEntityResponse create(String id, String kind, String name) {
    var entity =
        Entity.newBuilder()
            .setKind(kind)
            .addNames(Name.newBuilder().setText(name).setLanguage("en"));
    var request = CreateEntityRequest.newBuilder().setEntityId(id).setEntity(entity).build();
    return almanac.registry().createEntity(request);
  }

  private static void restart() {
    try {
      server.restart();
    } catch (Exception cause) {
      throw new IllegalStateException(cause);
    }
  }

  private static <M extends Message> M within(M message) {
    var most = EXPECTED.getAsJsonObject("large").get("answer_bytes").getAsInt();
    assertTrue(message.getSerializedSize() <= most);
    return message;
  }

  private static GetClaimSetRequest.Builder observation(JsonObject want) {
    return GetClaimSetRequest.newBuilder()
        .setSeriesKey(key(want, "series_key"))
        .setPeriod(text(want, "period"));
  }

  private static SeriesKey key(JsonObject want, String field) {
    var key = SeriesKey.newBuilder();
    try {
      JsonFormat.parser().merge(want.get(field).toString(), key);
    } catch (InvalidProtocolBufferException cause) {
      throw new IllegalStateException(cause);
    }
    return key.build();
  }

  private static String text(JsonObject want, String field) {
    return want.get(field).getAsString();
  }

  private static List<String> texts(JsonObject want, String field) {
    return elements(want.getAsJsonArray(field)).map(JsonElement::getAsString).toList();
  }

  private static Stream<JsonObject> objects(JsonObject want, String field) {
    return elements(want.getAsJsonArray(field)).map(JsonElement::getAsJsonObject);
  }

  private static Stream<JsonElement> elements(JsonArray array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static JsonObject expectations() {
    try {
      var file = Path.of("..", "scenario", "scenario.json");
      return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    } catch (Exception cause) {
      throw new IllegalStateException(cause);
    }
  }
}
