package dev.almanac.client;

import dev.almanac.figure.v1.Bound;
import dev.almanac.figure.v1.Period;
import dev.almanac.figure.v1.Quantity;
import dev.almanac.figure.v1.Range;
import dev.almanac.snapshot.v1.Consistency;
import dev.almanac.snapshot.v1.SnapshotTokens;
import dev.almanac.snapshot.v1.WatchStart;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.Year;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;

/** Values of the contract from and to those of Java. */
public final class Values {
  private Values() {}

  /** A quantity of this number, exact as the source printed it. */
  public static Quantity number(BigDecimal number) {
    return bounded(Bound.BOUND_EXACT, number);
  }

  /** A quantity of this number with a bound, such as "more than 500". */
  public static Quantity bounded(Bound bound, BigDecimal number) {
    return Quantity.newBuilder().setBound(bound).setNumber(number.toPlainString()).build();
  }

  /** A quantity between two numbers, both included. */
  public static Quantity between(BigDecimal lower, BigDecimal upper) {
    var range = Range.newBuilder().setLower(lower.toPlainString()).setUpper(upper.toPlainString());
    return Quantity.newBuilder().setRange(range).build();
  }

  /** The number of a quantity in its unit, scale word included; empty where it is not one number. */
  public static Optional<BigDecimal> value(Quantity quantity) {
    return quantity.hasNumber()
        ? Optional.of(
            new BigDecimal(quantity.getNumber()).scaleByPowerOfTen(quantity.getMultiplier()))
        : Optional.empty();
  }

  /** A year. */
  public static Period period(Year year) {
    return period("%04d".formatted(year.getValue()));
  }

  /** A month. */
  public static Period period(YearMonth month) {
    return period(month.toString());
  }

  /** A day. */
  public static Period period(LocalDate day) {
    return period(day.toString());
  }

  /** The period with this code, such as {@code 2018-Q3}. */
  public static Period period(String code) {
    return Period.newBuilder().setCode(code).build();
  }

  /** Asks for an answer exactly as of a snapshot token. */
  public static Consistency atSnapshot(String token) {
    return Consistency.newBuilder().setAtSnapshot(token).build();
  }

  /**
   * Asks for an answer that is not older than any of these snapshot tokens: for reading one's own
   * writes, to several services if need be.
   */
  public static Consistency atLeastAsFresh(String... tokens) {
    var list = SnapshotTokens.newBuilder().addAllTokens(List.of(tokens));
    return Consistency.newBuilder().setAtLeastAsFresh(list).build();
  }

  /** Starts a watch with what changed after a snapshot token. */
  public static WatchStart afterSnapshot(String token) {
    return WatchStart.newBuilder().setAfterSnapshot(token).build();
  }
}
