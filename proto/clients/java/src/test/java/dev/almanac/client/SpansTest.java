package dev.almanac.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpansTest {
  private static int day(String date) {
    return (int) LocalDate.parse(date).toEpochDay();
  }

  @Test
  void spansHaveTheCodesOfTheContract() {
    for (var span :
        List.of(
            List.of("2018", "2018-01-01", "2018-12-31"),
            List.of("2018-H2", "2018-07-01", "2018-12-31"),
            List.of("2018-Q3", "2018-07-01", "2018-09-30"),
            List.of("2018-06", "2018-06-01", "2018-06-30"),
            List.of("2018-W23", "2018-06-04", "2018-06-10"),
            List.of("2018-06-12", "2018-06-12", "2018-06-12"),
            List.of("195X", "1950-01-01", "1959-12-31"),
            List.of("2018-04/2019-03", "2018-04-01", "2019-03-31"),
            List.of("2018-02/2018-04", "2018-02-01", "2018-04-30"),
            List.of("2003/2018", "2003-01-01", "2018-12-31"),
            List.of("2018-06-12/2018-07-31", "2018-06-12", "2018-07-31"))) {
      var first = day(span.get(1));
      var days = day(span.get(2)) - first + 1;
      assertEquals(span.get(0), Spans.code(first, days, false, false));
    }
    assertEquals("2019/..", Spans.code(day("2019-01-01"), 0, false, true));
    assertEquals("2019-03-02/..", Spans.code(day("2019-03-02"), 0, false, true));
    var earliest = day("0001-01-01");
    assertEquals("../2017", Spans.code(0, day("2017-12-31") - earliest + 1, true, false));
    assertEquals("../2017-06", Spans.code(0, day("2017-06-30") - earliest + 1, true, false));
  }
}
