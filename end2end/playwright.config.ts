import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  outputDir: "artefacts/failures",
  // One server and two cores: a second worker would only make times unsteady.
  workers: 1,
  fullyParallel: false,
  // A journey that passes at the second try is a fault that partners will meet.
  retries: 0,
  forbidOnly: true,
  // For what never comes. What comes late is a slow machine, not a fault.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: "artefacts/results.json" }]],
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    // axe and screenshots look at colours, which a transition would blend.
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      // The system's browser: its own would have to be downloaded.
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        // Containers and root have no sandbox to offer.
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        // The browser's own calls home, which a closed network would refuse one by one.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
      ],
    },
  },
});
