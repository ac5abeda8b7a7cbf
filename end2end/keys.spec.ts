import { call, createKey, mailedLink, shownKey, signUp } from "./people";
import { expect, test } from "./test";

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

  await page.getByRole("button", { name: "Disable Checkout" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Checkout" })).toContainText("disabled");
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
