import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, open, readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What must come back; see scenario.json. */
export const expected = JSON.parse(
  await readFile(new URL("../../../scenario/scenario.json", import.meta.url), "utf8"),
);

/** A server over a copy of the seeded data. */
export class Server {
  private process?: ChildProcess;

  private constructor(
    readonly address: string,
    private readonly data: string,
  ) {}

  /** Runs the binary of ALMANAC_BIN on a copy of the data in ALMANAC_SEED. */
  static async start(): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), "almanac-"));
    await cp(environment("ALMANAC_SEED"), data, { recursive: true });
    const server = new Server(`127.0.0.1:${await freePort()}`, data);
    await server.run();
    return server;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.run();
  }

  async stop(): Promise<void> {
    const process = this.process;
    if (process !== undefined && process.exitCode === null) {
      process.kill("SIGTERM");
      await once(process, "exit");
    }
  }

  private async run(): Promise<void> {
    const program = environment("ALMANAC_BIN");
    const log = await open(join(this.data, "server.log"), "a", 0o600);
    this.process = spawn(program, ["--data-dir", this.data, "serve"], {
      env: { ...process.env, ALMANAC__LISTEN: this.address },
      stdio: ["ignore", log.fd, log.fd],
    });
    await log.close();
    for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
      try {
        await run(program, ["health", "--server", `http://${this.address}`]);
        return;
      } catch (cause) {
        if (Date.now() > deadline) {
          throw new Error(await readFile(join(this.data, "server.log"), "utf8"), { cause });
        }
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set; run check.sh`);
  }
  return value;
}
