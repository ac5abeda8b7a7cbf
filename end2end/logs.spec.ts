import { call, createKey, signUp } from "./people";
import { expect, test } from "./test";

const CALLS = 55;

test("calls are filtered by the URL, read one by one, and paged through", async ({ page, server }) => {
  await signUp(page);
  await page.goto("/dashboard/logs");
  await expect(page.getByRole("heading", { name: "No calls yet" })).toBeVisible();

  const key = await createKey(page, "Busy");
  const missing = await call(server.url, key, "/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41");
  expect(missing.status).toBe(404);
  const missingId = missing.headers.get("x-request-id") ?? "";
  const sent = [missingId];
  while (sent.length < CALLS) {
    // The rate limit refuses some, which are logged as well.
    const answer = await call(server.url, key, "/v1/customers", { headers: { "X-Request-Id": `mine-${sent.length}` } });
    sent.push(answer.headers.get("x-request-id") ?? "");
  }

  const rows = page.getByRole("table", { name: "Calls, newest first" }).locator("tbody").getByRole("row");
  const newest = sent.at(-1) ?? "";
  await page.goto("/dashboard/logs");
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(rows.first()).toContainText(newest, { timeout: 500 });
  }).toPass();
  await expect(rows).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL(/cursor=req_/);
  await expect(rows).toHaveCount(CALLS - 50);
  await expect(rows.last()).toContainText(missingId);
  await expect(page.getByRole("link", { name: "Older" })).toBeHidden();
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(rows.first()).toContainText(newest);

  await page.getByLabel("Status").selectOption("404");
  await page.getByLabel("Operation").fill("getCustomer");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/status=404.*operation=getCustomer/);
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("not_found");
  await page.reload();
  await expect(page.getByLabel("Status")).toHaveValue("404");
  await expect(page.getByLabel("Operation")).toHaveValue("getCustomer");

  await rows.first().getByRole("link").click();
  await expect(page.getByRole("heading", { name: `Request ${missingId}` })).toBeVisible();
  const details = page.getByRole("main");
  await expect(details).toContainText("/v1/customers/cus_01h2xcejqtf2nbrexx3vqjhp41");
  await expect(details.getByRole("link", { name: "not_found" })).toHaveAttribute("href", "/docs/errors/not_found");
  await page.getByRole("link", { name: "All calls with this key" }).click();
  await expect(page).toHaveURL(/key=key_/);
  await expect(rows).toHaveCount(50);

  await page.getByLabel("Method").selectOption("DELETE");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("heading", { name: "No calls match this filter" })).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL("/dashboard/logs");
  await expect(page.getByLabel("Method")).toHaveValue("");
  await expect(rows).toHaveCount(50);
});

test("an id that is nobody's is explained after looking again", async ({ page }) => {
  await signUp(page);
  const looks = page.waitForRequest((request) => request.url().endsWith("/_fn/get_log"));
  const answer = await page.goto("/dashboard/logs/req_01h2xcejqtf2nbrexx3vqjhp41");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "This request is not in the log" })).toBeVisible();
  await looks;
  await expect(page.getByRole("button", { name: "Look again" })).toBeVisible();
  await page.getByRole("searchbox", { name: "Look up another request id" }).fill("req_123");
  await page.getByRole("button", { name: "Look up" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "incomplete or mistyped" })).toBeVisible();
});

test("one organisation's calls are not another's", async ({ page, somebodyElse, server }) => {
  await signUp(page);
  const key = await createKey(page, "Mine");
  const id = (await call(server.url, key, "/v1/customers")).headers.get("x-request-id");
  await expect(async () => {
    expect((await page.goto(`/dashboard/logs/${id}`))?.status()).toBe(200);
  }).toPass();

  const other = await somebodyElse();
  await signUp(other);
  expect((await other.goto(`/dashboard/logs/${id}`))?.status()).toBe(404);
});
