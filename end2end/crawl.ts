// Follows the links of the portal's pages, after filling the portal with data.
import { type Page } from "@playwright/test";
import { call } from "./people";
import { type Server } from "./server";

/** Maximum number of visited pages of the same kind. Pages with other ids have the same code. */
const OF_A_SHAPE = 2;

/**
 * The partner of the demo, who is also an operator, with keys, calls, events, deliveries and an
 * invitation.
 */
export async function furnish(server: Server): Promise<{ email: string; password: string }> {
  const demo = JSON.parse(await server.cli("demo", "--force", "--json"));
  const json = { "Content-Type": "application/json" };
  for (const key of [demo.keys.sandbox, demo.keys.live]) {
    const post = (path: string, body: object) => call(server.url, key, path, { method: "POST", headers: json, body: JSON.stringify(body) });
    await post("/v1/webhook-endpoints", { url: "http://127.0.0.1:9/hooks/with/a/rather/long/path/to/see/where/it/ends", event_types: ["*"] });
    await post("/v1/customers", { name: "Ada" });
    await post("/v1/customers", {});
    await call(server.url, key, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41");
    await call(server.url, key, "/v1/a/path/that/is/longer/than/any/column/of/a/table/is/wide/and_has_descenders_gjpqy");
  }
  return demo;
}

/**
 * Visits every page that can be reached from `starts`, and calls `look` for each. Returns the
 * paths.
 */
export async function crawl(page: Page, starts: readonly string[], look: (path: string) => Promise<void>): Promise<string[]> {
  const waiting = [...starts];
  const known = new Set(waiting);
  const shapes = new Map<string, number>();
  const seen: string[] = [];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const answer = await page.goto(path);
    if (!(answer?.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    seen.push(path);
    await look(path);
    // Files are downloads, which a page cannot navigate to.
    const links = await page.locator('a[href^="/"]:not([rel~="external"])').evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
    for (const link of links) {
      const href = link.split("#")[0] ?? "";
      const shape = shapeOf(href);
      const count = shapes.get(shape) ?? 0;
      if (href === "" || href.startsWith("//") || known.has(href) || count >= OF_A_SHAPE) continue;
      shapes.set(shape, count + 1);
      known.add(href);
      waiting.push(href);
    }
  }
  return seen;
}

/** A path without its ids, names and values. */
function shapeOf(href: string): string {
  const [path = "", query = ""] = href.split("?");
  const names = path
    .replace(/[a-z]+_[0-9a-z]{26}/g, "*")
    .replace(/^\/apis\/.+/, (rest) => `/apis${"/*".repeat(rest.split("/").length - 2)}`)
    .replace(/^\/docs\/errors\/.+/, "/docs/errors/*");
  return `${names}?${query.split("&").map((pair) => pair.split("=")[0]).join("&")}`;
}
