// The portal of a test run: empty data, a free port, and stopped by its process id.
import { execFile, execFileSync, spawn } from "node:child_process";
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
  /** Runs a command of the same program on the same data. Returns its output. */
  cli(...args: string[]): Promise<string>;
  /** Stops gracefully and starts again on the same data, with additional settings. */
  restart(settings: Settings): Promise<void>;
  stop(): Promise<void>;
}

export type Settings = Record<string, string>;

/**
 * Settings for an empty database and a Redis of the servers that scripts/services has started.
 * `drop` removes the database.
 */
export function ownServers(): { settings: Settings; drop(): void } {
  const [postgres, redis] = [process.env.TOLLGATE_TEST_POSTGRES, process.env.TOLLGATE_TEST_REDIS];
  if (!postgres || !redis) throw new Error("Start these journeys with scripts/services.");
  const name = `journeys_${process.pid}`;
  const sql = (text: string) => execFileSync("psql", [postgres, "--quiet", "--command", text], { stdio: "pipe" });
  sql(`create database ${name}`);
  const url = new URL(postgres);
  url.pathname = `/${name}`;
  return {
    settings: { DATABASE_URL: url.toString(), REDIS_URL: redis },
    drop: () => void sql(`drop database ${name} with (force)`),
  };
}

/** On a port that the server chooses, if its port need not be known before. */
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
    TOLLGATE_DRAIN_SECONDS: "0",
    TOLLGATE_DEV_OUTBOX: "1",
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

/** One process, from its start until it responds. */
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

/** Settings in the developer's shell must not influence the journeys. */
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
