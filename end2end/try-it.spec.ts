import { expectAccessible } from "./axe";
import { createKey, signUp } from "./people";
import { expect, test } from "./test";

test("an operation is picked, sent and answered, with a key made during this visit", async ({ page }) => {
  await signUp(page);
  const key = await createKey(page, "Trial");
  await page.getByRole("link", { name: "Try it" }).click();
  await expect(page.getByLabel("Key", { exact: true })).toHaveValue(key);

  await page.getByLabel("Operation").selectOption({ label: "POST /v1/customers · Create a customer" });
  await expect(page).toHaveURL(/op=createCustomer/);
  await expect(page.getByLabel("Key", { exact: true })).toHaveValue(key);
  const curl = page.getByRole("group", { name: "curl", exact: true });
  await expect(curl).toContainText("POST");
  await expect(curl).toContainText("••••••••");
  await expect(curl).not.toContainText(key);

  const answer = page.getByRole("region", { name: "Response", exact: true });
  const body = page.getByLabel("Body as text");
  await body.fill('{ "name": "Grace Hopper", "email": "grace@example.com" }');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("201", { exact: true })).toBeVisible();
  await expect(answer.getByText(/\d+ ms/)).toBeVisible();
  const created = JSON.parse(await answer.getByLabel("Response body").innerText());
  expect(created).toMatchObject({ name: "Grace Hopper" });
  await answer.getByText("Headers").click();
  await expect(answer.getByLabel("Response headers")).toContainText("x-request-id: req_");
  await expect(answer.getByLabel("Response headers")).toContainText("ratelimit:");

  await page.getByLabel("Operation").selectOption({ label: "GET /v1/customers/{id} · Get a customer" });
  await page.getByLabel(/^id/).fill(created.id);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("200", { exact: true })).toBeVisible();
  await expect(answer.getByLabel("Response body")).toContainText("Grace Hopper");

  await answer.getByRole("link", { name: "See it in the logs" }).click();
  await expect(page.getByRole("main").getByText("getCustomer").first()).toBeVisible();
});

test("what goes wrong is shown as the API says it", async ({ page }) => {
  await signUp(page);
  const key = await createKey(page, "Trial");
  await page.goto("/dashboard/try?op=createCustomer");
  // After a reload, the key is no longer known.
  const field = page.getByLabel("Key", { exact: true });
  await expect(field).toHaveValue("");
  await expect(field).toHaveAttribute("type", "password");
  const answer = page.getByRole("region", { name: "Response", exact: true });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("401", { exact: true })).toBeVisible();
  await expect(answer).toContainText('"code": "missing_key"');

  await field.fill(key);
  await page.getByLabel("Body as text").fill('{ "nam": 1 }');
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("422", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Show" }).click();
  await expect(field).toHaveAttribute("type", "text");
});

test("an operation of any product is linked to, also through the login", async ({ page, somebodyElse }) => {
  const person = await signUp(page);
  const stranger = await somebodyElse();
  await stranger.goto("/dashboard/try?product=platform&op=deleteCustomer");
  await expect(stranger).toHaveURL(/\/login\?next=/);
  await stranger.getByLabel("E-mail").fill(person.email);
  await stranger.getByLabel("Password").fill(person.password);
  await stranger.getByRole("button", { name: "Log in" }).click();
  await expect(stranger.getByLabel("Operation")).toHaveValue("deleteCustomer");
});

test("a dry run tells what a call would come to and does nothing", async ({ page }) => {
  await signUp(page);
  await createKey(page, "Trial");
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByLabel("Operation").selectOption({ label: "POST /v1/customers · Create a customer" });
  // The URL changes before the form does. Until then, the form is that of the previous operation.
  const curl = page.getByRole("group", { name: "curl", exact: true });
  await expect(curl).toContainText("-X POST");
  const dryRun = page.getByLabel("Dry run");
  await dryRun.focus();
  await page.keyboard.press("Space");
  await expect(dryRun).toBeChecked();
  await expect(curl).toContainText("Tollgate-Dry-Run: true");
  const answer = page.getByRole("region", { name: "Response", exact: true });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("200", { exact: true })).toBeVisible();
  const told = JSON.parse(await answer.getByLabel("Response body").innerText());
  expect(told).toMatchObject({ dry_run: true, would_be: "answered", operation: { id: "createCustomer", units: 1 } });
  // No log contains it.
  await expect(answer.getByRole("link", { name: "See it in the logs" })).toHaveCount(0);
  await expectAccessible(page);

  await page.getByLabel("Operation").selectOption({ label: "GET /v1/customers · List customers" });
  await expect(dryRun).not.toBeChecked();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("200", { exact: true })).toBeVisible();
  expect(JSON.parse(await answer.getByLabel("Response body").innerText()).data).toEqual([]);
});

test("a call with an idempotency key that is sent again is answered like the first", async ({ page }) => {
  await signUp(page);
  await createKey(page, "Trial");
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByLabel("Operation").selectOption({ label: "POST /v1/customers · Create a customer" });
  await page.getByLabel("Idempotency-Key").fill("order-42");
  const answer = page.getByRole("region", { name: "Response", exact: true });
  const bodies: string[] = [];
  for (const replayed of [false, true]) {
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(answer.getByText("201", { exact: true })).toBeVisible();
    await answer.getByText("Headers").click();
    const headers = answer.getByLabel("Response headers");
    if (replayed) await expect(headers).toContainText("idempotent-replayed: true");
    else await expect(headers).not.toContainText("idempotent-replayed");
    bodies.push(await answer.getByLabel("Response body").innerText());
  }
  expect(bodies[1]).toBe(bodies[0]);
});
