import { expectAccessible } from "./axe";
import { call, createKey, hydrated, shownKey, signUp } from "./people";
import { screens } from "./screens";
import { expect, test } from "./test";

test("a key is rotated while it is in use, and retired", async ({ page, server }) => {
  await signUp(page);
  const old = await createKey(page, "Checkout", { scopes: ["customers:read", "customers:write", "usage:read"] });
  await page.getByRole("link", { name: "Checkout" }).click();
  await expect(page.getByRole("heading", { name: "Checkout", level: 1 })).toBeVisible();
  await hydrated(page);
  await expect(page.getByText("3 granted, 0 used")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Rotate" }).click();
  const dialog = page.getByRole("dialog", { name: "Rotate Checkout?" });
  await expect(dialog.getByLabel("The old key ends")).toHaveValue("72h");
  // Without an overlap, calls fail until their programs have the new key: that must be confirmed.
  await dialog.getByLabel("The old key ends").selectOption({ label: "Immediately" });
  await expect(dialog.getByText("The old key stops working immediately")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Rotate key" })).toBeDisabled();
  await dialog.getByLabel("Type Checkout to confirm").fill("Checkout");
  await expect(dialog.getByRole("button", { name: "Rotate key" })).toBeEnabled();
  await dialog.getByLabel("The old key ends").selectOption("24h");
  await expect(dialog.getByText("The old key stops working immediately")).toBeHidden();
  await expect(dialog.getByRole("button", { name: "Rotate key" })).toBeEnabled();
  await expectAccessible(page);
  await screens(page, "rotate-dialog");
  await dialog.getByRole("button", { name: "Rotate key" }).click();
  const fresh = await shownKey(page);
  expect(fresh).not.toBe(old);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByText("The key was rotated.")).toBeFocused();

  // Both keys work. Responses to the old one contain its end.
  await expect(page.getByText("No call with the old key since the rotation began.")).toBeVisible();
  const before = await call(server.url, old, "/v1/customers", { headers: { "User-Agent": "till/1.0" } });
  expect(before.status).toBe(200);
  expect(before.headers.get("deprecation")).toMatch(/^@\d+$/);
  const hours = (Date.parse(before.headers.get("sunset") ?? "") - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(24);
  const after = await call(server.url, fresh, "/v1/customers");
  expect(after.status).toBe(200);
  expect(after.headers.get("sunset")).toBeNull();

  // The page lists the callers that still use the old key.
  const callers = page.getByRole("group", { name: "Callers with the old key" });
  await expect(async () => {
    await page.reload();
    await expect(callers.getByRole("row").filter({ hasText: "till/1.0" })).toContainText("127.0.0.1", { timeout: 500 });
  }).toPass();
  await expect(page.getByText("The old key is still in use")).toBeVisible();
  await hydrated(page);
  await expectAccessible(page);
  await screens(page, "rotated-key", { fullPage: true });

  // The key is in use, so its name must be typed.
  await page.getByRole("button", { name: "Retire now" }).click();
  const retire = page.getByRole("dialog", { name: "Retire the old key?" });
  await expect(retire.getByRole("button", { name: "Retire key" })).toBeDisabled();
  await retire.getByLabel("Type Checkout to confirm").fill("Checkout");
  await retire.getByRole("button", { name: "Retire key" }).click();
  await expect(page.getByText("revoked", { exact: true })).toBeVisible();
  const refused = await call(server.url, old, "/v1/customers");
  expect((await refused.json()).code).toBe("revoked_key");
  expect((await call(server.url, fresh, "/v1/customers")).status).toBe(200);

  // From there to the key that has replaced it.
  await page.locator("dt", { hasText: "Replaced by" }).locator("+ dd").getByRole("link").click();
  await expect(page.getByText("3 granted, 1 used")).toBeVisible();
  await expect(page.getByText("Replaces")).toBeVisible();
});

test("a key's page changes what bounds it, says what is wrong, and narrows its scopes", async ({ page, server }) => {
  await signUp(page);
  const key = await createKey(page, "Robot", { scopes: ["customers:read", "usage:read"] });
  await page.getByRole("link", { name: "Robot" }).click();
  await hydrated(page);
  await page.getByLabel("Allowed addresses").fill("203.0.113.0/24\nnowhere");
  await page.getByLabel("Rate limit of this key").fill("5/60");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#ip_allow_list-error")).toContainText("nowhere is neither an address nor a network");
  await expect(page.getByLabel("Rate limit of this key")).toHaveValue("5/60");
  await expectAccessible(page);

  await page.getByLabel("Allowed addresses").fill("203.0.113.0/24");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("dd", { hasText: "5 calls in 60 seconds" })).toBeVisible();
  const refused = await call(server.url, key, "/v1/customers");
  expect(refused.status).toBe(403);
  expect((await refused.json()).code).toBe("ip_not_allowed");
  await page.getByLabel("Allowed addresses").fill("127.0.0.0/8\n::1");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("dd").getByText("127.0.0.0/8")).toBeVisible();
  expect((await call(server.url, key, "/v1/customers")).headers.get("ratelimit-policy")).toContain('"key";q=5;w=60');

  await expect(async () => {
    await page.reload();
    await expect(page.getByRole("button", { name: "Narrow to 1 scope" })).toBeVisible({ timeout: 500 });
  }).toPass();
  await hydrated(page);
  await page.getByRole("button", { name: "Narrow to 1 scope" }).click();
  await expect(page.getByText("1 granted, 1 used")).toBeVisible();
  expect((await call(server.url, key, "/v1/usage")).status).toBe(403);
});

test("the page on keys tells finders of a leaked one what to do", async ({ page, server }) => {
  await page.goto("/docs/keys");
  await expect(page.getByRole("heading", { name: "Reporting a leaked key" })).toBeVisible();
  await expectAccessible(page);
  await screens(page, "docs-keys");
  const report = await fetch(`${server.url}/leaked-keys`, {
    method: "POST",
    body: JSON.stringify({ key: "tg_live_000000000000_00000000000000000000000000000000000000" }),
  });
  expect(report.status).toBe(422);
});
