// What specs import instead of "@playwright/test": the same, with a running portal.
import { test as base } from "@playwright/test";
import { hydrated } from "./people";
import { startServer, type Server } from "./server";

export { expect } from "@playwright/test";

export const test = base.extend<{ failOnPageErrors: void }, { server: Server }>({
  // One for all specs of a worker; Playwright takes a new worker, so a new portal, after a failure.
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),

  // Before the script has taken over, keys and drafts do nothing yet: a machine is quicker than people are.
  page: async ({ page, javaScriptEnabled }, use) => {
    const takenOver = async () => {
      const hasScript = javaScriptEnabled !== false && (await page.locator('link[rel="modulepreload"]').count()) > 0;
      if (hasScript) await hydrated(page);
    };
    const { goto, reload } = page;
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
    await use(page);
  },

  // A page that panicked or failed to hydrate still looks right; this is how it shows.
  failOnPageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        // An answer of 4xx may be what the test is about; missing parts of the page are seen below.
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
