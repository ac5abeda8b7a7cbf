import { join } from "node:path";
import { expectAccessible } from "./axe";
import { call, createKey, hydrated, mailedLink, shownKey, signUp } from "./people";
import { screens } from "./screens";
import { startServer } from "./server";
import { expect, test } from "./test";

const SPECS = join(import.meta.dirname, "../tests/specs");

test("a key does what its scopes allow, until it expires", async ({ page, server }) => {
  await signUp(page);
  const key = await createKey(page, "Reader", { scopes: ["customers:read"], expires: "In 30 days" });
  const row = page.getByRole("row").filter({ hasText: "Reader" });
  await expect(row).toContainText("active");
  await expect(row).toContainText(key.split("_").slice(0, 3).join("_"));
  await expect(page.getByText(key)).toHaveCount(0);
  const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  await expect(row.locator(`time[datetime^="${inThirtyDays}"]`)).toBeVisible();
  await row.getByText("1 scope").click();
  await expect(row.getByText("customers:read")).toBeVisible();

  expect((await call(server.url, key, "/v1/customers")).status).toBe(200);
  const refused = await call(server.url, key, "/v1/customers", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Ada" }),
  });
  expect(refused.status).toBe(403);
  expect((await refused.json()).code).toBe("insufficient_scope");
  await expect(async () => {
    await page.reload();
    await expect(row).toContainText("from 127.0.0.1", { timeout: 500 });
  }).toPass();
});

test("a form that lacks something says what, and loses nothing", async ({ page }) => {
  await signUp(page);
  await page.goto("/dashboard/keys/new");
  await expect(page.getByLabel("Name")).toBeFocused();
  await page.getByLabel("Name").fill("Without scopes");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByText("Choose at least one scope.").last()).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Without scopes");

  await page.getByLabel("All scopes of the platform").check();
  await expect(page.getByLabel("usage:read")).toBeChecked();
  await page.getByRole("button", { name: "Create key" }).click();
  await shownKey(page);
});

test("the dialog with the key is not closed by accident", async ({ page }) => {
  await signUp(page);
  await page.getByRole("button", { name: "Create sandbox key" }).click();
  const key = await shownKey(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alert").filter({ hasText: "The key will be lost" })).toBeVisible();
  await page.keyboard.press("Escape");
  expect(await shownKey(page)).toBe(key);

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
});

test("a key is disabled, enabled, and revoked by its typed name", async ({ page, server }) => {
  await signUp(page);
  const key = await createKey(page, "Checkout");
  const status = async () => (await call(server.url, key, "/v1/customers")).status;
  expect(await status()).toBe(200);

  // The question is in the middle of the window. A click beside it, or Escape, closes it.
  const question = page.getByRole("button", { name: "Disable key" });
  for (const size of [{ width: 360, height: 740 }, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size);
    await page.getByLabel("Disable Checkout").click();
    await expect(question).toBeInViewport({ ratio: 1 });
    await page.mouse.click(size.width / 2, size.height - 20);
    await expect(question).toBeHidden();
    await page.getByLabel("Disable Checkout").click();
    await page.keyboard.press("Escape");
    await expect(question).toBeHidden();
  }
  await page.getByLabel("Disable Checkout").click();
  await question.click();
  await expect(page.getByRole("row").filter({ hasText: "Checkout" })).toContainText("disabled");
  // The button is gone: the focus is on the content, not on nothing.
  await expect(page.getByRole("main")).toBeFocused();
  expect(await status()).toBe(401);
  await page.getByRole("button", { name: "Enable Checkout" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Checkout" })).toContainText("active");
  expect(await status()).toBe(200);

  await page.getByRole("button", { name: "Revoke Checkout" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Checkout?" });
  const revoke = dialog.getByRole("button", { name: "Revoke key" });
  await expect(revoke).toBeDisabled();
  await dialog.getByLabel("Type Checkout to confirm").fill("Checkou");
  await expect(revoke).toBeDisabled();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  expect(await status()).toBe(200);

  await page.getByRole("button", { name: "Revoke Checkout" }).click();
  await dialog.getByLabel("Type Checkout to confirm").fill("Checkout");
  await revoke.click();
  await expect(page.getByRole("row").filter({ hasText: "Checkout" })).toContainText("revoked");
  const refused = await call(server.url, key, "/v1/customers");
  expect(refused.status).toBe(401);
  expect((await refused.json()).code).toBe("revoked_key");
  await expect(page.getByRole("button", { name: "Enable Checkout" })).toHaveCount(0);
});

test("a live key needs a verified address, and is unmistakably not the sandbox's", async ({ page, server }) => {
  const person = await signUp(page);
  await page.goto("/dashboard/keys/new?env=live");
  await expect(page.getByLabel(/^Live/)).toBeChecked();
  await page.getByLabel("Name").fill("Live one");
  await page.getByLabel("customers:read").check();
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Verify your e-mail address" })).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Live one");

  await page.goto(await mailedLink(page, person.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page.getByRole("status")).toHaveText("Your address is verified.");
  const key = await createKey(page, "Live one", { live: true });
  expect(key).toMatch(/^tg_live_/);
  await expect(page).toHaveURL("/dashboard/keys?env=live");
  await expect(page.getByRole("row").filter({ hasText: "Live one" })).toBeVisible();
  const answer = await call(server.url, key, "/v1/customers");
  expect(answer.headers.get("tollgate-environment")).toBe("live");

  await page.getByRole("group", { name: "Environment" }).getByRole("link", { name: "Sandbox" }).click();
  await expect(page.getByRole("heading", { name: "No keys yet" })).toBeVisible();
});

test("with fifty products the form stays within two screens, and a product is found by its name", async ({ somebodyElse }) => {
  const many = await startServer();
  try {
    const file = join(SPECS, "oai-3.0-petstore-expanded.yaml");
    for (let i = 1; i <= 50; i++) {
      const name = `Product ${String(i).padStart(2, "0")}`;
      await many.cli("product", "import", file, "--id", `product-${i}`, "--name", name, "--base-url", "https://upstream.example");
    }
    const page = await somebodyElse({ baseURL: many.url, viewport: { width: 1280, height: 800 } });
    await signUp(page);
    await page.goto("/dashboard/keys/new");
    await hydrated(page);
    await expect(page.getByLabel("Products (50)")).toBeEnabled();
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(2 * 800);
    const products = page.getByRole("group", { name: "Scopes of products" });
    await expect(products.getByText("Product 07", { exact: true })).toBeVisible();
    await page.getByLabel("Products (50)").fill("product 42");
    await expect(products.getByText("Product 42", { exact: true })).toBeVisible();
    await expect(products.getByText("Product 07", { exact: true })).toBeHidden();
    await expectAccessible(page);
    await screens(page, "keys-fifty-products");
  } finally {
    await many.stop();
  }
});
