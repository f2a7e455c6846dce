import dev.almanac.client.Almanac;
import dev.almanac.client.AlmanacError;
import dev.almanac.metrics.v1.GetClaimSetRequest;
import dev.almanac.metrics.v1.SeriesKey;
import io.grpc.StatusRuntimeException;

/** Prints everything that sources say of one observation: ADDRESS INDICATOR ENTITY PERIOD. */
class Ask {
  public static void main(String[] args) throws Exception {
    var key =
        SeriesKey.newBuilder()
            .setIndicator("indicators/" + args[1])
            .setEntity("entities/" + args[2]);
    var request = GetClaimSetRequest.newBuilder().setSeriesKey(key).setPeriod(args[3]).build();
    try (var almanac = Almanac.plaintext(args[0])) {
      var set = almanac.metrics().getClaimSet(request).getClaimSet();
      System.out.println(set.getState() + ": " + set.getRule().getText());
      for (var claim : set.getClaimsList()) {
        var number = claim.getInterval().getPoint();
        System.out.println(
            number + " " + claim.getProvenance().getUnit() + ", " + claim.getRelease());
        System.out.println("  cite as " + claim.getName());
      }
    } catch (StatusRuntimeException failure) {
      var error = AlmanacError.of(failure);
      System.out.println("refused: " + error.message());
      for (var violation : error.violations()) {
        System.out.println("  " + violation.field() + ": " + violation.message());
      }
    }
  }
}
