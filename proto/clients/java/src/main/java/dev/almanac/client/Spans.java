package dev.almanac.client;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.IsoFields;

/** Codes of packed periods. */
final class Spans {
  private static final LocalDate EARLIEST = LocalDate.of(1, 1, 1);

  /** Steps of the calendar, the coarser the less: how much of a date their codes have. */
  private static final int YEAR = 4;

  private static final int MONTH = 7;
  private static final int DAY = 10;

  private Spans() {}

  /** The canonical code of a span of days, as the contract writes it. */
  static String code(int startDay, int days, boolean openStart, boolean openEnd) {
    var first = openStart ? EARLIEST : LocalDate.ofEpochDay(startDay);
    if (openEnd) {
      return code(first, starting(first)) + "/..";
    }
    var after = first.plusDays(days);
    var last = after.minusDays(1);
    if (openStart) {
      return "../" + code(last, starting(after));
    }
    if (days == 1) {
      return first.toString();
    }
    if (days == 7 && first.getDayOfWeek() == DayOfWeek.MONDAY) {
      var week = first.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
      return "%04d-W%02d".formatted(first.get(IsoFields.WEEK_BASED_YEAR), week);
    }
    var step = Math.max(starting(first), starting(after));
    var named = named(first, last, step);
    return named.isEmpty() ? code(first, step) + "/" + code(last, step) : named;
  }

  private static String code(LocalDate date, int step) {
    return date.toString().substring(0, step);
  }

  /** The coarsest step that begins on this day. */
  private static int starting(LocalDate date) {
    if (date.getDayOfMonth() != 1) {
      return DAY;
    }
    return date.getMonthValue() == 1 ? YEAR : MONTH;
  }

  /** The code of a span of whole months that has a name of its own; else empty. */
  private static String named(LocalDate first, LocalDate last, int step) {
    var year = first.getYear();
    var sameYear = year == last.getYear();
    if (step == YEAR) {
      var decade = year % 10 == 0 && last.getYear() == year + 9;
      return sameYear ? code(first, YEAR) : decade ? "%03dX".formatted(year / 10) : "";
    }
    var before = first.getMonthValue() - 1;
    var months = last.getMonthValue() - before;
    if (step != MONTH || !sameYear || before % months != 0) {
      return "";
    }
    return switch (months) {
      case 6 -> "%04d-H%d".formatted(year, before / 6 + 1);
      case 3 -> "%04d-Q%d".formatted(year, before / 3 + 1);
      case 1 -> code(first, MONTH);
      default -> "";
    };
  }
}
