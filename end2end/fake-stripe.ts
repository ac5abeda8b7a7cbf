// The fake Stripe as a separate program, as in a trial: examples/fake_stripe, built by `cargo
// test`.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { root } from "./server";

const binary = process.env.FAKE_STRIPE_BIN ?? join(root, "target/debug/examples/fake_stripe");
export const KEY = "sk_test_fake";
export const WEBHOOK_SECRET = "whsec_fake";

export interface FakeStripe {
  readonly url: string;
  /** Reads one of its controls or, with a body, sets it. */
  control<T = unknown>(path: string, body?: unknown): Promise<T>;
  stop(): void;
}

/** Starts a fake that sends its webhooks to `webhook`. */
export async function startFakeStripe(webhook: string): Promise<FakeStripe> {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: cargo build --features ssr --example fake_stripe`);
  const args = ["--listen", "127.0.0.1:0", "--key", KEY, "--webhook", webhook, "--webhook-secret", WEBHOOK_SECRET];
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the fake Stripe ended with ${code}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve(line.replace("fake Stripe on ", "")));
  });
  const control = async <T>(path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${url}/_control/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<T>;
  };
  return { url, control, stop: () => child.kill() };
}
