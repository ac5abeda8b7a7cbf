// Specs import this instead of "@playwright/test". It adds a running portal.
import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";
import { hydrated } from "./people";
import { ownServers, startServer, type Server } from "./server";

export { expect } from "@playwright/test";

/** SQLite and limits in process, or PostgreSQL and Redis. */
export type Backend = "embedded" | "servers";

interface Visitors {
  failOnPageErrors: void;
  /** A page in another browser, without the cookies of `page`. */
  somebodyElse: (options?: BrowserContextOptions) => Promise<Page>;
}

/**
 * Has each load of `page` wait until the script runs. Before, keys and drafts have no effect, and
 * the test is faster than people are.
 */
function waitForScript(page: Page): void {
  const { goto, reload } = page;
  const takenOver = async () => {
    if ((await page.locator('link[rel="modulepreload"]').count()) > 0) await hydrated(page);
  };
  page.goto = async (url, options) => {
    const response = await goto.call(page, url, options);
    await takenOver();
    return response;
  };
  page.reload = async (options) => {
    const response = await reload.call(page, options);
    await takenOver();
    return response;
  };
}

export const test = base.extend<Visitors, { server: Server; backend: Backend }>({
  backend: ["embedded", { option: true, scope: "worker" }],

  // One portal for all specs of a worker. After a failure, Playwright starts a new worker and so a
  // new portal.
  server: [
    async ({ backend }, use) => {
      const servers = backend === "servers" ? ownServers() : undefined;
      const server = await startServer(servers?.settings);
      await use(server);
      await server.stop();
      servers?.drop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),

  page: async ({ page, javaScriptEnabled }, use) => {
    if (javaScriptEnabled !== false) waitForScript(page);
    await use(page);
  },

  somebodyElse: async ({ browser, baseURL, javaScriptEnabled }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL, javaScriptEnabled, ...options });
      contexts.push(context);
      const page = await context.newPage();
      if (javaScriptEnabled !== false) waitForScript(page);
      return page;
    });
    for (const context of contexts) await context.close();
  },

  // A page that panicked or failed to hydrate still looks right, so this checks for errors.
  failOnPageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        // A 4xx response may be the subject of the test. Missing parts of the page are detected
        // below.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
          errors.push(message.text());
        }
      });
      page.on("response", (response) => {
        const part = ["script", "stylesheet", "image", "font"].includes(response.request().resourceType());
        if (part && response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
      });
      await use();
      base.expect(errors, "errors in the browser").toEqual([]);
    },
    { auto: true },
  ],
});
