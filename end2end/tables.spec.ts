// Texts in lists can be read completely, and rows lead to pages, with the mouse and the keyboard.
import { type Page } from "@playwright/test";
import { crawl, furnish } from "./crawl";
import { logIn } from "./people";
import { expect, test } from "./test";

const STARTS = ["/", "/docs", "/dashboard", "/dashboard/logs", "/dashboard/logs?env=live", "/dashboard/events", "/dashboard/webhooks", "/admin"];

/** Texts that are cut: code whose letters overflow its box, and ids that are partly hidden. */
async function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const isShown = (element: Element) => element.checkVisibility({ visibilityProperty: true }) && element.closest(".visually-hidden") === null;
    for (const code of document.querySelectorAll("code")) {
      if (isShown(code) && code.clientHeight > 0 && code.scrollHeight > code.clientHeight) {
        found.push(`code ${code.scrollHeight} px high in a box of ${code.clientHeight}: ${code.textContent}`);
      }
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      const id = /\b[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}\b/.exec(node.textContent ?? "");
      if (id === null || parent === null || !isShown(parent) || parent.closest("pre, script, .cut") !== null) continue;
      // `.cut` is a preview that ends in dots. The row leads to the whole text.
      const range = document.createRange();
      range.setStart(node, id.index);
      range.setEnd(node, id.index + id[0].length);
      for (let box: Element | null = parent; box !== null; box = box.parentElement) {
        const overflow = getComputedStyle(box).overflowX;
        if (overflow === "visible") continue;
        const { left, right } = box.getBoundingClientRect();
        if ([...range.getClientRects()].some((rect) => rect.right > right + 1 || rect.left < left - 1)) {
          found.push(`id ${id[0]} is clipped by ${box.tagName.toLowerCase()}.${box.className}`);
        }
      }
    }
    return found;
  });
}

test("no code is cut and no id is clipped, on any page, on a desktop and on a phone", async ({ page, server }) => {
  test.setTimeout(600_000);
  await logIn(page, await furnish(server));
  const faults: string[] = [];
  const seen = await crawl(page, STARTS, async (path) => {
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const fault of await cut(page)) faults.push(`${path} at ${width}: ${fault}`);
    }
  });
  for (const part of ["/dashboard/keys", "/dashboard/logs/req_", "/dashboard/events/evt_", "/dashboard/webhooks/ep_", "/dashboard/team", "/docs/errors"]) {
    expect(seen.some((path) => path.startsWith(part)), `the crawl reaches ${part}: ${seen.join(" ")}`).toBe(true);
  }
  expect(faults).toEqual([]);
});

test("a row leads to its page from anywhere in it, and by the keyboard", async ({ page, server }) => {
  await logIn(page, await furnish(server));
  for (const [list, to] of [
    ["/dashboard/keys", /\/dashboard\/keys\/key_/],
    ["/dashboard/events", /\/dashboard\/events\/evt_/],
    ["/dashboard/webhooks", /\/dashboard\/webhooks\/ep_/],
    ["/docs/errors", /\/docs\/errors\/\w+/],
  ] as const) {
    await page.goto(list);
    const row = page.locator("tr.is-link").first();
    await expect(row.locator("a.row-link")).toHaveCount(1);
    const cell = await row.locator("td").last().boundingBox();
    if (cell === null) throw new Error(`no row on ${list}`);
    // The corner of a cell contains no text. A click there hits the link of the row, which is above
    // the cell.
    await page.mouse.click(cell.x + 2, cell.y + 2);
    await expect(page).toHaveURL(to);

    await page.goto(list);
    await row.locator("a.row-link").focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(to);
  }
});

test("a list holds its place while it loads, and says when it cannot", async ({ page, server }) => {
  await logIn(page, await furnish(server));
  for (const [link, call] of [
    ["Keys", "list_keys"],
    ["Logs", "list_logs"],
    ["Events", "list_events"],
    ["Audit", "list_audit"],
  ] as const) {
    await page.goto("/dashboard");
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(`**/_fn/${call}*`, async (route) => {
      await released;
      await route.continue();
    });
    await page.getByRole("navigation", { name: "Dashboard" }).getByRole("link", { name: link, exact: true }).click();
    await expect(page.getByRole("status").filter({ hasText: "Loading…" })).toBeAttached();
    release();
    await expect(page.getByRole("main").getByRole("table").first()).toBeVisible();
    await page.unroute(`**/_fn/${call}*`);

    // No response arrives: the page offers to try again, and then shows the list.
    await page.goto("/dashboard");
    await page.route(`**/_fn/${call}*`, (route) => route.abort());
    await page.getByRole("navigation", { name: "Dashboard" }).getByRole("link", { name: link, exact: true }).click();
    const again = page.getByRole("main").getByRole("link", { name: "Try again" });
    await expect(again).toBeVisible();
    await page.unroute(`**/_fn/${call}*`);
    await again.click();
    await expect(page.getByRole("main").getByRole("table").first()).toBeVisible();
  }
});
