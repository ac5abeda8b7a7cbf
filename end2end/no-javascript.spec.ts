// What people can do before a script has loaded, or without scripts.
import { Webhook } from "standardwebhooks";
import { call, fillLogIn, fillSignUp, mailedLink, somebody, verifyAddress } from "./people";
import { startReceiver } from "./receiver";
import { expect, test } from "./test";

test.use({ javaScriptEnabled: false });

test("an account is made, verified, left, and entered again", async ({ page }) => {
  const person = somebody();
  await page.goto("/");
  await page.getByRole("link", { name: "Get started" }).click();
  await fillSignUp(page, person);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("heading", { name: "Make your first call" })).toBeVisible();
  await expect(page.getByText("Calls per hour", { exact: true })).toBeVisible();

  await page.goto(await mailedLink(page, person.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page.getByText("Your address is verified.")).toBeVisible();
  await page.getByRole("link", { name: "Go to the dashboard" }).click();
  await expect(page.getByRole("region", { name: "Verify your e-mail address" })).toBeHidden();

  await page.getByLabel(/^Your account/).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL("/");

  await page.goto("/dashboard/team");
  await fillLogIn(page, { ...person, password: "not the password" });
  await expect(page.getByRole("alert")).toContainText(/password/i);
  await expect(page.getByLabel("E-mail")).toHaveValue(person.email);
  await fillLogIn(page, person);
  await expect(page.getByRole("heading", { name: "Team", level: 1 })).toBeVisible();
  await expect(page).toHaveURL("/dashboard/team");
});

test("a password is reset by mail", async ({ page }) => {
  const person = somebody();
  await page.goto("/signup");
  await fillSignUp(page, person);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.context().clearCookies();
  await page.goto("/reset");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("we have sent a link")).toBeVisible();
  await page.goto(await mailedLink(page, person.email, "Choose a new password"));
  await page.getByLabel("New password").fill("a better password");
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
});

test("keys, logs, team and settings work by plain forms and links", async ({ page, server }) => {
  const person = somebody();
  await page.goto("/signup");
  await fillSignUp(page, person);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/dashboard");
  await verifyAddress(page, person);
  const orgs = JSON.parse(await server.cli("org", "list", "--json")) as { id: string; name: string }[];
  const org = orgs.find(({ name }) => name === person.org)?.id ?? "";
  const { key } = JSON.parse(await server.cli("key", "create", "--org", org, "--name", "By hand", "--scopes", "customers:read", "--json"));
  const id = (await call(server.url, key, "/v1/customers")).headers.get("x-request-id") ?? "";

  await page.goto("/dashboard/keys");
  await page.getByLabel("Disable By hand").click();
  await page.getByRole("button", { name: "Disable key" }).click();
  await expect(page.getByRole("row").filter({ hasText: "By hand" })).toContainText("disabled");
  expect((await call(server.url, key, "/v1/customers")).status).toBe(401);
  await page.getByRole("button", { name: "Enable By hand" }).click();
  await expect(page.getByRole("row").filter({ hasText: "By hand" })).toContainText("active");

  await expect(async () => {
    await page.goto("/dashboard/logs?status=2xx");
    await expect(page.getByText(id)).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.getByLabel("Method").selectOption("POST");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("heading", { name: "No calls match this filter" })).toBeVisible();
  await page.goto(`/dashboard/logs/${id}`);
  await expect(page.getByText("listCustomers").first()).toBeVisible();

  await page.goto("/dashboard/team");
  await page.getByLabel("E-mail", { exact: true }).fill("guest@example.com");
  await page.getByRole("button", { name: "Send invitation" }).click();
  await expect(page.getByRole("table", { name: "Open invitations" })).toContainText("guest@example.com");
  await page.getByLabel("Revoke the invitation of guest@example.com").click();
  await page.getByRole("button", { name: "Revoke invitation" }).click();
  await expect(page.getByRole("table", { name: "Open invitations" })).toBeHidden();

  await page.goto("/dashboard/settings");
  await page.getByLabel("Your name").fill("Countess");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByLabel("Your account: Countess")).toBeVisible();

  await page.goto("/dashboard/try?op=createCustomer");
  await expect(page.locator("noscript p")).toBeVisible();
  await expect(page.getByRole("group", { name: "curl", exact: true })).toContainText("POST");
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();

  await page.goto("/apis/platform/createCustomer");
  await expect(page.getByRole("heading", { name: "Create a customer" })).toBeVisible();
});

test("a key is made by a plain form, and shown once", async ({ page, server }) => {
  await page.goto("/signup");
  await fillSignUp(page, somebody());
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("link", { name: "Create a key without JavaScript" }).click();
  await page.getByLabel("Name").fill("Plain");
  await page.getByLabel("Expires").selectOption({ label: "In 7 days" });
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page).toHaveURL(/\/dashboard\/keys\/new\?/);
  await expect(page.getByText("Choose at least one scope.").last()).toBeVisible();

  // The form keeps its values.
  await expect(page.getByLabel("Name")).toHaveValue("Plain");
  await expect(page.getByLabel("Expires")).toHaveValue("7");
  await page.getByLabel("customers:read").check();
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("heading", { name: "Store your key now" })).toBeVisible();
  const key = await page.getByLabel("API key").innerText();
  const answer = await call(server.url, key, "/v1/customers");
  expect(answer.status).toBe(200);
  await page.getByRole("link", { name: "I have stored it" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Plain" })).toContainText("active");
  await expect(page.getByText(key)).toHaveCount(0);

  await page.getByRole("link", { name: "Plain" }).click();
  await page.getByLabel("Rotate Plain").click();
  await page.getByRole("combobox", { name: "The old key ends" }).selectOption({ label: "Immediately" });
  await page.getByRole("button", { name: "Rotate key" }).click();
  await expect(page.getByRole("heading", { name: "Store your key now" })).toBeVisible();
  const fresh = await page.getByLabel("API key").innerText();
  expect((await call(server.url, key, "/v1/customers")).status).toBe(401);
  expect((await call(server.url, fresh, "/v1/customers")).status).toBe(200);
});

test("a webhook endpoint is added, checked, rotated and debugged by plain forms", async ({ page }) => {
  const receiver = await startReceiver();
  await page.goto("/signup");
  const person = somebody();
  await fillSignUp(page, person);
  await page.getByRole("button", { name: "Create account" }).click();
  await verifyAddress(page, person);
  await page.goto("/dashboard/webhooks/new");
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  const secret = await page.getByLabel("Signing secret").innerText();
  await page.getByRole("link", { name: "I have stored it" }).click();
  await expect(page.getByRole("heading", { name: receiver.url, level: 1 })).toBeVisible();

  await page.getByRole("link", { name: "Rotate secret" }).click();
  await page.getByLabel("The old secret ends").selectOption({ label: "In 3 days" });
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await expect(page.getByRole("heading", { name: "Store your signing secret now" })).toBeVisible();
  const fresh = await page.getByLabel("Signing secret").innerText();
  await page.getByRole("link", { name: "I have stored it" }).click();
  await expect(page.getByText("also signs until")).toBeVisible();
  await expect(page.getByText(fresh)).toHaveCount(0);

  receiver.answer = () => 204;
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("Your receiver failed some checks.")).toBeVisible();
  const { headers, body } = receiver.received[0]!;
  for (const known of [secret, fresh]) new Webhook(known).verify(body, headers as Record<string, string>);
  await page.getByRole("link", { name: "Back to the endpoint" }).click();
  await page.getByText("Disable", { exact: true }).click();
  await page.getByRole("button", { name: "Disable endpoint" }).click();
  await expect(page.getByText("somebody disabled it")).toBeVisible();

  await page.goto("/dashboard/webhooks/debug");
  await page.getByLabel("Signing secret").fill(`whsec_${"A".repeat(43)}=`);
  await page
    .getByLabel("Headers")
    .fill(["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => `${name}: ${String(headers[name])}`).join("\n"));
  await page.getByLabel("Body, as your code sees it").fill(body);
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The signature does not match the secret and the body")).toBeVisible();
  // The pasted values stay, except the secret.
  await expect(page.getByLabel("Signing secret")).toHaveValue("");
  await expect(page.getByLabel("Body, as your code sees it")).toHaveValue(body);
  await page.getByLabel("Signing secret").fill(fresh);
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The signature is valid")).toBeVisible();
  expect(page.url()).not.toContain("whsec");
  receiver.stop();
});

test("on a phone, the navigation opens without script", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/signup");
  await fillSignUp(page, somebody());
  await page.getByRole("button", { name: "Create account" }).click();
  const nav = page.getByRole("navigation", { name: "Dashboard" });
  await expect(nav).toBeHidden();
  await page.getByRole("button", { name: "Navigation" }).click();
  await nav.getByRole("link", { name: "Team" }).click();
  await expect(page.getByRole("heading", { name: "Team", level: 1 })).toBeVisible();
});
