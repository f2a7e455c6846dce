package dev.almanac.client;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.Period;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;

/** Codes of packed periods. */
final class Spans {
  private static final LocalDate EARLIEST = LocalDate.of(1, 1, 1);

  private Spans() {}

  /** The canonical code of a span of days, as the contract writes it. */
  static String code(int startDay, int days, boolean openStart, boolean openEnd) {
    var first = openStart ? EARLIEST : LocalDate.ofEpochDay(startDay);
    var after = first.plusDays(days);
    if (openEnd) {
      return first + "/..";
    }
    return openStart ? "../" + after.minusDays(1) : closed(first, after);
  }

  private static String closed(LocalDate first, LocalDate after) {
    var year = first.getYear();
    var month = first.getMonthValue() - 1;
    var wholeMonths = first.getDayOfMonth() == 1 && after.getDayOfMonth() == 1;
    var months = wholeMonths ? Period.between(first, after).toTotalMonths() : 0;
    if (months == 120 && month == 0 && year % 10 == 0) {
      return "%03dX".formatted(year / 10);
    }
    if (months == 12 && month == 0) {
      return "%04d".formatted(year);
    }
    if (months == 6 && month % 6 == 0) {
      return "%04d-H%d".formatted(year, month / 6 + 1);
    }
    if (months == 3 && month % 3 == 0) {
      return "%04d-Q%d".formatted(year, month / 3 + 1);
    }
    if (months == 1) {
      return YearMonth.from(first).toString();
    }
    var days = ChronoUnit.DAYS.between(first, after);
    if (days == 1) {
      return first.toString();
    }
    if (days == 7 && first.getDayOfWeek() == DayOfWeek.MONDAY) {
      var week = first.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
      return "%04d-W%02d".formatted(first.get(IsoFields.WEEK_BASED_YEAR), week);
    }
    return first + "/" + after.minusDays(1);
  }
}
