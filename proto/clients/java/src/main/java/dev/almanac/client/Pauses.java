package dev.almanac.client;

import java.time.Duration;

/** Growing pauses between attempts. */
final class Pauses {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private Duration next = FIRST;

  void reset() {
    next = FIRST;
  }

  void pause() throws InterruptedException {
    Thread.sleep(next.toMillis());
    var twice = next.multipliedBy(2);
    next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
  }
}
