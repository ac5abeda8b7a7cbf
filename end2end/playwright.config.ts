import { defineConfig } from "@playwright/test";
import type { Backend } from "./test";

export default defineConfig<{}, { backend: Backend }>({
  testDir: ".",
  outputDir: "artefacts/failures",
  // Each worker has its own portal: one renders a page while the other waits.
  workers: 2,
  fullyParallel: false,
  // A journey that only passes on the second attempt is a fault that partners will see.
  retries: 0,
  forbidOnly: true,
  // The limits are only for steps that never finish. Slow machines must not fail.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: "artefacts/results.json" }]],
  projects: [
    { name: "embedded", use: { backend: "embedded" } },
    // What differs with PostgreSQL and Redis is tested without a browser; these are the main paths.
    { name: "servers", use: { backend: "servers" }, testMatch: /(journey|keys|logs|webhooks)\.spec\.ts/ },
  ],
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    // axe and screenshots look at colours, which a transition would blend.
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      // Uses the browser of the system. Playwright's own would have to be downloaded.
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        // Containers and root cannot use Chromium's sandbox.
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        // Requests of the browser itself, which a closed network would refuse.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
      ],
    },
  },
});
