import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";

import { isAway } from "./error.js";
import { WatchStartSchema, type WatchStart } from "./gen/almanac/snapshot/v1/snapshot_pb.js";
import { longestPause, pause } from "./pause.js";

type Start = MessageInitShape<typeof WatchStartSchema>;
interface Watched {
  resumeToken: string;
}
type Method<Request, Message> = (
  request: Request & { start?: Start },
  options?: CallOptions,
) => AsyncIterable<Message>;

/** A server that lives sends a checkpoint every ten seconds. */
const silence = 30_000;
const firstPause = 100;

/** Starts a watch with what changed after a snapshot token. */
export function afterSnapshot(token: string): WatchStart {
  return create(WatchStartSchema, { start: { case: "afterSnapshot", value: token } });
}

/**
 * Follows the changes of a service without end: `watch(almanac.registry.watchChanges, {…})`. A
 * broken stream is opened again after what was delivered last, also over a restart of the server.
 * Ends when `signal` aborts, or with an error that asking again does not mend. Leaving the loop
 * ends the call.
 */
export async function* watch<Request extends object, Message extends Watched>(
  method: Method<Request, Message>,
  request: Request & { start?: Start },
  options: CallOptions = {},
): AsyncGenerator<Message, void, undefined> {
  let start = request.start;
  let wait = firstPause;
  for (;;) {
    const ending = new AbortController();
    const signals = [ending.signal, ...(options.signal ? [options.signal] : [])];
    const alive = setTimeout(() => ending.abort("silent"), silence).unref();
    try {
      const signal = AbortSignal.any(signals);
      for await (const message of method({ ...request, start }, { ...options, signal })) {
        alive.refresh();
        start = { start: { case: "resumeToken", value: message.resumeToken } };
        wait = firstPause;
        yield message;
      }
    } catch (cause) {
      const silent = ending.signal.aborted && !options.signal?.aborted;
      if (!silent && !isAway(cause)) {
        throw cause;
      }
    } finally {
      clearTimeout(alive);
      ending.abort();
    }
    await pause(wait, options.signal);
    wait = Math.min(2 * wait, longestPause);
  }
}
