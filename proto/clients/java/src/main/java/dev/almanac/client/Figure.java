package dev.almanac.client;

import dev.almanac.figure.v1.Quantity;
import dev.almanac.metrics.v1.Block;
import dev.almanac.metrics.v1.Provenance;
import dev.almanac.metrics.v1.SeriesData;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One live claim of a series, from either view.
 *
 * @param claim the name to cite
 * @param period period code
 * @param quantity what the source stated; empty when withdrawn
 * @param provenance whose figure it is
 * @param release the release that states it
 */
public record Figure(
    String claim,
    String period,
    Optional<Quantity> quantity,
    Provenance provenance,
    String release) {

  /** The figures of a series, whichever view they came in. */
  public static Stream<Figure> of(SeriesData data) {
    var claims =
        data.getClaimsList().stream()
            .map(
                claim ->
                    new Figure(
                        claim.getName(),
                        claim.getPeriod().getCode(),
                        Optional.of(claim.getQuantity()).filter(q -> claim.hasQuantity()),
                        claim.getProvenance(),
                        claim.getRelease()));
    var packed = new Packed(data);
    return Stream.concat(
        claims, IntStream.range(0, data.getBlock().getMantissasCount()).mapToObj(packed::figure));
  }

  /** The number in its unit, scale word included; empty where it is not one number. */
  public Optional<BigDecimal> value() {
    return quantity.flatMap(Values::value);
  }

  /**
   * The name of the claim that a release makes of a period of a source series: named by content, so
   * it can be told without asking.
   */
  public static String claimName(
      String sourceSeries, String period, String release, int ordinal) {
    var parts = sourceSeries.split("/sourceSeries/");
    var content = parts[1] + "\n" + release.substring(release.lastIndexOf('/') + 1) + "\n" + ordinal;
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      var hash = HexFormat.of().formatHex(digest, 0, 6);
      return parts[0] + "/claims/" + period.replace('/', '_') + "." + hash;
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent);
    }
  }

  private static final class Packed {
    private final SeriesData data;
    private final Block block;
    private final Set<Integer> withdrawn;
    private final Set<Integer> openStarts;
    private final Set<Integer> openEnds;

    Packed(SeriesData data) {
      this.data = data;
      this.block = data.getBlock();
      this.withdrawn = new HashSet<>(block.getWithdrawnList());
      this.openStarts = new HashSet<>(block.getOpenStartsList());
      this.openEnds = new HashSet<>(block.getOpenEndsList());
    }

    Figure figure(int i) {
      var source = data.getSourceSeries(block.getSourceSeries(i));
      var release = data.getReleases(block.getReleases(i));
      var period =
          Spans.code(
              block.getStartDays(i), block.getLengths(i),
              openStarts.contains(i), openEnds.contains(i));
      var claim =
          claimName(source.getName(), period, release, block.getOrdinalsOrDefault(i, 1));
      return new Figure(claim, period, quantity(i), source.getProvenance(), release);
    }

    private Optional<Quantity> quantity(int i) {
      if (withdrawn.contains(i)) {
        return Optional.empty();
      }
      if (block.containsOther(i)) {
        return Optional.of(block.getOtherOrThrow(i));
      }
      var number =
          block.containsLongNumbers(i)
              ? new BigDecimal(block.getLongNumbersOrThrow(i))
              : new BigDecimal(BigInteger.valueOf(block.getMantissas(i)), block.getScales(i));
      return Optional.of(Values.number(number));
    }
  }
}
