import { once } from "node:events";

import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  type Code,
  ConnectError,
  createContextValues,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { runStreamingCall, runUnaryCall } from "@connectrpc/connect/protocol";
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ClientDuplexStream,
  type ServiceError,
} from "@grpc/grpc-js";

import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";

/** The generated stubs over the gRPC stack of Google, to see that the contract suits it too. */
export function grpcJsTransport(address: string, interceptors: Interceptor[]): Transport {
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.default_compression_algorithm": compressionAlgorithms.gzip,
  });
  return {
    unary: (method, signal, timeoutMs, header, input, contextValues) =>
      runUnaryCall<typeof method.input, typeof method.output>({
        interceptors,
        signal,
        timeoutMs,
        req: {
          ...request(method, address, new Headers(header), contextValues),
          stream: false,
          method,
          message: input,
        },
        next: async (req) => {
          const message = await new Promise<MessageShape<typeof method.output>>(
            (resolve, reject) => {
              const call = client.makeUnaryRequest(
                path(method),
                serializer(method.input),
                deserializer(method.output),
                req.message,
                new Metadata(),
                (error, answer) => (answer ? resolve(answer) : reject(explained(error))),
              );
              req.signal.addEventListener("abort", () => call.cancel());
            },
          );
          return { ...response(method), stream: false, method, message };
        },
      }),
    stream: (method, signal, timeoutMs, header, input, contextValues) =>
      runStreamingCall<typeof method.input, typeof method.output>({
        interceptors,
        signal,
        timeoutMs,
        req: {
          ...request(method, address, new Headers(header), contextValues),
          stream: true,
          method,
          message: input,
        },
        next: async (req) => {
          const call = client.makeBidiStreamRequest(
            path(method),
            serializer(method.input),
            deserializer(method.output),
          );
          req.signal.addEventListener("abort", () => call.cancel());
          void send(call, req.message);
          return { ...response(method), stream: true, method, message: receive(call) };
        },
      }),
  };
}

async function send<Input, Output>(
  call: ClientDuplexStream<Input, Output>,
  messages: AsyncIterable<Input>,
): Promise<void> {
  for await (const message of messages) {
    if (!call.write(message)) {
      await Promise.race([once(call, "drain"), once(call, "close")]);
    }
  }
  call.end();
}

async function* receive<Input, Output>(
  call: ClientDuplexStream<Input, Output>,
): AsyncGenerator<Output> {
  try {
    yield* call;
  } catch (cause) {
    throw explained(cause);
  } finally {
    call.cancel();
  }
}

/** The details of an error travel in its metadata, which this stack leaves to its callers. */
function explained(cause: unknown): ConnectError {
  const { code, details, metadata } = cause as ServiceError;
  const error = new ConnectError(details, code as number as Code);
  const [status] = metadata.get("grpc-status-details-bin");
  if (status instanceof Buffer) {
    error.details = fromBinary(StatusSchema, status).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  }
  return error;
}

function path(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serializer<Schema extends DescMessage>(schema: Schema) {
  return (message: MessageShape<Schema>) => Buffer.from(toBinary(schema, create(schema, message)));
}

function deserializer<Schema extends DescMessage>(schema: Schema) {
  return (bytes: Buffer) => fromBinary(schema, bytes);
}

function request(
  method: DescMethod,
  address: string,
  header: Headers | undefined,
  contextValues = createContextValues(),
) {
  return {
    service: method.parent,
    requestMethod: "POST",
    url: `http://${address}${path(method)}`,
    header: header ?? new Headers(),
    contextValues,
  };
}

function response(method: DescMethod) {
  return { service: method.parent, header: new Headers(), trailer: new Headers() };
}
