import { createClient, type Client, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransportOptions } from "@connectrpc/connect-node";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";

import { MetricsService } from "./gen/almanac/metrics/v1/metrics_service_pb.js";
import { RegistryService } from "./gen/almanac/registry/v1/registry_service_pb.js";
import { ReportingService } from "./gen/almanac/reporting/v1/reporting_service_pb.js";
import { ServerService } from "./gen/almanac/server/v1/server_pb.js";
import { Operations } from "./gen/google/longrunning/operations_pb.js";
import { AlmanacError, isAway } from "./error.js";
import { pause } from "./pause.js";

/** The stubs of all services over one connection. */
export interface Almanac {
  readonly registry: Client<typeof RegistryService>;
  readonly metrics: Client<typeof MetricsService>;
  readonly reporting: Client<typeof ReportingService>;
  readonly operations: Client<typeof Operations>;
  readonly server: Client<typeof ServerService>;
  readonly transport: Transport;
}

/** Options of the connection: those of the gRPC transport, and how often to repeat a read. */
export interface ConnectOptions extends Omit<GrpcTransportOptions, "baseUrl"> {
  /** Attempts of a read while the server is away. Default: 4. */
  attempts?: number;
}

/**
 * Connects to the server at `baseUrl`, such as `http://127.0.0.1:7430`. Failed calls throw an
 * {@link AlmanacError}. Reads – methods without side effects that answer once – are repeated
 * while the server is away.
 */
export function connect(baseUrl: string, options: ConnectOptions = {}): Almanac {
  const { attempts = 4, interceptors = [], ...others } = options;
  const all = [...standardInterceptors(attempts), ...interceptors];
  return over(createGrpcTransport({ baseUrl, interceptors: all, ...others }));
}

/**
 * What {@link connect} adds to a transport: errors with their reasons, and so many attempts of a
 * read while the server is away.
 */
export function standardInterceptors(attempts = 4): Interceptor[] {
  return [explain, repeatReads(attempts)];
}

/** The stubs of all services over a transport of your own. */
export function over(transport: Transport): Almanac {
  return {
    registry: createClient(RegistryService, transport),
    metrics: createClient(MetricsService, transport),
    reporting: createClient(ReportingService, transport),
    operations: createClient(Operations, transport),
    server: createClient(ServerService, transport),
    transport,
  };
}

const explain: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: explained(response.message) } : response;
  } catch (cause) {
    throw AlmanacError.from(cause);
  }
};

async function* explained<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (cause) {
    throw AlmanacError.from(cause);
  }
}

function repeatReads(attempts: number): Interceptor {
  return (next) => async (request) => {
    const isRead = request.method.idempotency === Level.NO_SIDE_EFFECTS && !request.stream;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(request);
      } catch (cause) {
        if (!isRead || attempt >= attempts || !isAway(cause)) {
          throw cause;
        }
        await pause(100 * 2 ** (attempt - 1), request.signal);
      }
    }
  };
}
