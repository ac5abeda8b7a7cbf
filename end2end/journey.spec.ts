import { call, createKey, shownKey, signUp, somebody } from "./people";
import { expect, test } from "./test";

test("from the landing page to the first call in the logs, in six clicks and a minute", async ({ page, server }) => {
  const person = somebody();
  let clicks = 0;
  await page.exposeFunction("countClick", () => {
    clicks += 1;
  });
  await page.addInitScript(() => {
    addEventListener("click", (event) => event.isTrusted && (window as unknown as { countClick(): void }).countClick(), true);
  });

  await page.goto("/");
  const started = Date.now();
  await page.getByRole("link", { name: "Get started" }).click();

  // The first field has the focus, so the keyboard is sufficient.
  await expect(page.getByLabel("Your name")).toBeFocused();
  for (const text of [person.name, person.email, person.password, person.org]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.getByRole("button", { name: "Create account" }).click();

  await page.getByRole("button", { name: "Create sandbox key" }).click();
  const key = await shownKey(page);
  expect(key).toMatch(/^tg_sandbox_/);
  await page.getByRole("button", { name: "I have stored it" }).click();

  const send = page.getByRole("button", { name: "Send test call" });
  await expect(send).toBeFocused();
  await send.click();
  const guide = page.getByRole("region", { name: "Make your first call" });
  await expect(guide.getByText("200", { exact: true })).toBeVisible();
  await expect(guide.getByLabel("Response body")).toHaveText(/"data": \[\]/);

  // The chart and the numbers on this page update live.
  const chart = page.getByRole("group", { name: /^Calls per hour, one column/ });
  await expect(chart.getByRole("img").last()).toHaveAccessibleName(/: 1 call, 0 errors$/);
  await expect(page.getByRole("definition").filter({ hasText: /^1$/ })).toBeVisible();
  await expect(page.getByText("with 1 active key")).toBeVisible();

  const requestId = await guide.getByText(/^req_/).innerText();
  await page.getByRole("link", { name: "See it in the logs" }).click();
  await expect(page.getByRole("heading", { name: `Request ${requestId}` })).toBeVisible();
  await expect(page.getByRole("main").getByText("listCustomers").first()).toBeVisible();
  const seconds = (Date.now() - started) / 1000;

  expect(clicks, "clicks after the landing page was reached").toBeLessThanOrEqual(6);
  expect(seconds, "seconds from the first click to the log").toBeLessThan(60);
  test.info().annotations.push({ type: "journey 1", description: `${clicks} clicks, ${seconds.toFixed(1)} s` });

  // The same call by a program, with only the key.
  const answer = await call(server.url, key, "/v1/customers");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ data: [], next_cursor: null });
  expect(answer.headers.get("tollgate-environment")).toBe("sandbox");
  const id = answer.headers.get("x-request-id");
  await page.goto(`/dashboard/logs/${id}`);
  await expect(page.getByText("GET", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "All logs" }).click();
  await expect(page.getByRole("table", { name: "Calls, newest first" }).getByRole("row")).toHaveCount(3);

  // Both are on the chart, also after a reload.
  await page.goto("/dashboard");
  await expect(chart.getByRole("img").last()).toHaveAccessibleName(/: 2 calls, 0 errors$/);
});

test("the overview follows calls made elsewhere, without being loaded again", async ({ page, server }) => {
  await signUp(page);
  const key = await createKey(page, "Elsewhere");
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Updating" })).toBeVisible();

  await call(server.url, key, "/v1/customers");
  await call(server.url, key, "/v1/customers/none");
  const last = page.getByRole("group", { name: /^Calls per hour, one column/ }).getByRole("img").last();
  await expect(last).toHaveAccessibleName(/: 2 calls, 1 error$/);
  await expect(page.getByText("50 % of calls")).toBeVisible();
});

test("the chart is read with the keyboard", async ({ page }) => {
  await signUp(page);
  const columns = page.getByRole("group", { name: /^Calls per hour, one column/ }).getByRole("img");
  await expect(columns).toHaveCount(24);
  // A pointer that rests on another hour must not take over.
  await columns.nth(5).hover();
  await columns.last().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(columns.nth(22)).toBeFocused();
  const value = await columns.nth(22).getAttribute("aria-label");
  await expect(page.getByRole("figure").getByText(value ?? "", { exact: true })).toBeVisible();
  await page.keyboard.press("Home");
  await expect(columns.first()).toBeFocused();
  await page.keyboard.press("End");
  await expect(columns.last()).toBeFocused();
});
