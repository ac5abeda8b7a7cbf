// Every page in both colour schemes: without violations of WCAG A or AA, not wider than a phone,
// and with a screenshot in artefacts/.
import { type Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { call, createKey, fillLogIn, signUp } from "./people";
import { screens } from "./screens";
import { expect, test } from "./test";

async function look(page: Page, name: string, options?: { fullPage?: boolean }): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expectAccessible(page);
  await screens(page, name, options);
}

const PUBLIC = [
  ["landing", "/", "The API portal · Tollgate"],
  ["docs", "/docs", "Guide · Tollgate"],
  ["errors", "/docs/errors", "Errors · Tollgate"],
  ["docs-webhooks", "/docs/webhooks", "Webhooks · Tollgate"],
  ["error", "/docs/errors/rate_limited", "rate_limited · Tollgate"],
  ["signup", "/signup", "Create your account · Tollgate"],
  ["login", "/login", "Log in · Tollgate"],
  ["reset", "/reset?sent=1", "Reset your password · Tollgate"],
  ["reset-password", "/reset-password?token=x", "Choose a new password · Tollgate"],
  ["verify-email", "/verify-email?token=x", "Verify your e-mail address · Tollgate"],
  ["invitation-unknown", "/invitations?token=x", "You are invited · Tollgate"],
  ["outbox", "/dev/outbox", "Outbox · Tollgate"],
] as const;

for (const [name, path, title] of PUBLIC) {
  test(`${path} is for everybody`, async ({ page }) => {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    await expect(page).toHaveTitle(title);
    await look(page, name, { fullPage: true });
  });
}

test("what is not there says so, by its status as well", async ({ page }) => {
  for (const path of ["/no/such/page", "/docs/errors/no_such_code"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: "Page not found", level: 1 })).toBeVisible();
  }
  await look(page, "not-found");
});

const DASHBOARD = [
  ["overview", "/dashboard", "Overview"],
  ["keys", "/dashboard/keys", "Keys"],
  ["new-key", "/dashboard/keys/new", "Create key"],
  ["try", "/dashboard/try", "Try it"],
  ["logs", "/dashboard/logs", "Logs"],
  ["events", "/dashboard/events", "Events"],
  ["webhooks", "/dashboard/webhooks", "Webhooks"],
  ["new-webhook", "/dashboard/webhooks/new", "Add endpoint"],
  ["webhook-debug", "/dashboard/webhooks/debug", "Signature debugger"],
  ["plan", "/dashboard/plan", "Plan & usage"],
  ["team", "/dashboard/team", "Team"],
  ["audit", "/dashboard/audit", "Audit"],
  ["settings", "/dashboard/settings", "Settings"],
  ["new-org", "/dashboard/orgs/new", "New organisation"],
] as const;

for (const env of ["sandbox", "live"]) {
  test(`the ${env} dashboard of a newcomer, with everything still empty`, async ({ page }) => {
    test.slow();
    await signUp(page);
    for (const [name, path, title] of DASHBOARD) {
      await page.goto(`${path}?env=${env}`);
      await expect(page).toHaveTitle(`${title} · Tollgate`);
      await expect(page.getByRole("group", { name: "Environment" }).getByRole("link", { name: env === "live" ? "Live" : "Sandbox" })).toHaveAttribute("aria-current", "true");
      await look(page, `empty-${name}-${env}`, { fullPage: true });
    }
  });
}

test("the dashboard of somebody with calls", async ({ page, server }) => {
  test.slow();
  const demo = JSON.parse(await server.cli("demo", "--force", "--json"));
  for (let i = 0; i < 12; i += 1) await call(server.url, demo.keys.sandbox, i % 4 ? "/v1/customers" : "/v1/customers/none");
  const last = await call(server.url, demo.keys.sandbox, "/v1/customers");
  await page.goto("/login");
  await fillLogIn(page, demo);
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await expect(async () => {
    expect((await page.goto(`/dashboard/logs/${last.headers.get("x-request-id")}`))?.status()).toBe(200);
  }).toPass();
  await look(page, "log", { fullPage: true });
  for (const [name, path] of DASHBOARD) {
    await page.goto(path);
    await look(page, name, { fullPage: true });
  }
});

test("what opens over a page", async ({ page }) => {
  test.slow();
  const person = await signUp(page);
  await page.getByRole("button", { name: "Create sandbox key" }).click();
  await expect(page.getByRole("dialog", { name: "Store your key now" })).toBeVisible();
  await look(page, "secret");
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: "Send test call" }).click();
  await expect(page.getByRole("link", { name: "See it in the logs" })).toBeVisible();
  await look(page, "first-call", { fullPage: true });

  await page.getByLabel(/^Organisation:/).click();
  await expect(page.getByRole("link", { name: "New organisation" })).toBeVisible();
  await look(page, "organisation-menu");
  await page.getByLabel(/^Your account/).click();
  await expect(page.getByRole("link", { name: "New organisation" })).toBeHidden();
  await look(page, "account-menu");
  await page.getByRole("heading", { name: "Overview" }).click();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeHidden();
  await page.getByLabel(/^Your account/).click();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeHidden();

  await createKey(page, "Checkout service with a rather long name that has to be cut somewhere");
  await page.getByRole("button", { name: /^Revoke Checkout/ }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await look(page, "revoke");

  await page.goto("/dashboard/try?op=createCustomer");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("region", { name: "Response", exact: true })).toContainText("missing_key");
  await look(page, "try-answered", { fullPage: true });

  await page.goto("/signup");
  await page.getByLabel("Your name").fill("Twice");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill("three blind mice");
  await page.getByLabel("Organisation name").fill("Twice");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await look(page, "signup-error");
});

test("on a phone, the navigation opens from the top bar and goes away with the next page", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signUp(page);
  const nav = page.getByRole("navigation", { name: "Dashboard" });
  await expect(nav).toBeHidden();
  await page.getByRole("button", { name: "Navigation" }).click();
  await expect(nav).toBeVisible();
  await look(page, "navigation");
  await page.setViewportSize({ width: 360, height: 740 });
  if (!(await nav.isVisible())) await page.getByRole("button", { name: "Navigation" }).click();
  await nav.getByRole("link", { name: "Keys" }).click();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  await expect(nav).toBeHidden();
});

test("the theme chosen by hand is kept, against the system's", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.getByRole("button", { name: "Dark" })).toHaveAttribute("aria-pressed", "true");
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await background()).toBe(dark);
  await page.getByRole("button", { name: "System" }).click();
  await expect.poll(background).toBe(light);
});

test("the keyboard skips the navigation", async ({ page }) => {
  await page.goto("/docs");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});
