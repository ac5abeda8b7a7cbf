// A portal of a test run's own: fresh data, free port, ended by its own process id.
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
// Leptos.toml and target/site are found from here.
export const root = dirname(here);
const binary = process.env.TOLLGATE_BIN ?? join(root, "target/debug/tollgate");

export const artefacts = join(here, "artefacts");

export interface Server {
  readonly url: string;
  /** Runs a command of the same program on the same data; gives what it printed. */
  cli(...args: string[]): Promise<string>;
  /** Stops in good order and starts again on the same data, with further settings. */
  restart(settings: Settings): Promise<void>;
  stop(): Promise<void>;
}

export type Settings = Record<string, string>;

/** On a port of its own choice, where others need not know it before. */
export async function startServer(settings: Settings = {}, port?: number): Promise<Server> {
  const addr = `127.0.0.1:${port ?? (await freePort())}`;
  const data = mkdtempSync(join(tmpdir(), "tollgate-end2end-"));
  let env: NodeJS.ProcessEnv = {
    ...withoutSettings(process.env),
    TOLLGATE_ADDR: addr,
    TOLLGATE_BASE_URL: `http://${addr}`,
    TOLLGATE_DATA_DIR: data,
    // Receivers of webhooks run on this machine.
    TOLLGATE_OUTBOUND: "anywhere",
    ...settings,
  };
  const url = `http://${addr}`;
  const forget = () => rmSync(data, { recursive: true, force: true });
  let running: Running;
  try {
    running = await run(url, env);
  } catch (error) {
    forget();
    throw error;
  }

  const cli = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(binary, args, { cwd: root, env });
    return stdout;
  };
  const restart = async (further: Settings) => {
    await running.stop();
    env = { ...env, ...further };
    running = await run(url, env);
  };
  const stop = async () => {
    await running.stop();
    forget();
  };
  return { url, cli, restart, stop };
}

interface Running {
  stop(): Promise<void>;
}

/** One process, from its start until it answers. */
async function run(url: string, env: NodeJS.ProcessEnv): Promise<Running> {
  mkdirSync(artefacts, { recursive: true });
  const logFile = join(artefacts, "server.log");
  const log = openSync(logFile, "a");
  const child = spawn(binary, ["serve"], { cwd: root, env, stdio: ["ignore", log, log] });
  closeSync(log);
  let ended: string | undefined;
  const exit = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended = how;
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(`exit status ${code ?? signal}`));
  });

  const stop = async () => {
    if (ended === undefined) {
      child.kill("SIGTERM");
      const overdue = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exit;
      clearTimeout(overdue);
    }
  };

  const deadline = Date.now() + 30_000;
  while (!(await isReady(url))) {
    if (ended !== undefined || Date.now() > deadline) {
      await stop();
      const tail = readFileSync(logFile, "utf8").split("\n").slice(-30).join("\n");
      throw new Error(`${binary} did not become ready (${ended ?? "30 s"}):\n${tail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  return { stop };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** What is set in the developer's shell must not decide what the journeys meet. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = /^(TOLLGATE_|LEPTOS_|STRIPE_|SMTP_|DATABASE_URL$|REDIS_URL$|RUST_LOG$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.test(name)));
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
