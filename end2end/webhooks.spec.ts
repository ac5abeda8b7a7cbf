import { Webhook } from "standardwebhooks";
import { expectAccessible } from "./axe";
import { signUp, verifyAddress } from "./people";
import { startReceiver } from "./receiver";
import { screens } from "./screens";
import { expect, test } from "./test";

test("an endpoint is added, tested, mended and debugged", async ({ page }) => {
  test.slow();
  const receiver = await startReceiver();
  await verifyAddress(page, await signUp(page));
  await page.getByRole("link", { name: "Webhooks" }).click();
  await expect(page.getByRole("heading", { name: "No endpoints yet" })).toBeVisible();
  await expectAccessible(page);

  await page.goto("/dashboard/webhooks/new");
  await page.getByLabel("URL").fill("ftp://example.com/");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByText("The URL must begin with https://.").first()).toBeVisible();
  await page.getByLabel("URL").fill(receiver.url);
  await page.getByLabel("Description").fill("Orders");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  const secret = await page.getByRole("dialog", { name: "Store your signing secret now" }).getByLabel("Signing secret").innerText();
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByRole("heading", { name: receiver.url, level: 1 })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Send test event" }).click();
  const rows = page.getByRole("table", { name: "Deliveries, newest first" }).locator("tbody").getByRole("row");
  await expect(async () => {
    await page.reload();
    await expect(rows.first()).toContainText("500", { timeout: 500 });
  }).toPass();
  await rows.first().getByRole("link").click();
  await expect(page.getByRole("heading", { name: "endpoint.test", level: 1 })).toBeVisible();
  await expect(page.getByText("as you wish").first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, "webhook-delivery", { fullPage: true });

  receiver.answer = () => 204;
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(page.getByText("delivered").first()).toBeVisible({ timeout: 500 });
  }).toPass();

  // The official library accepts the delivery.
  const { headers, body } = receiver.received.at(-1)!;
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: "endpoint.test" });

  // A receiver that accepts everything fails the check. One that verifies signatures passes.
  await page.getByRole("link", { name: /^ep_/ }).click();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("Your receiver failed some checks.")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("wrong", { exact: true })).toHaveCount(2);
  await expectAccessible(page);
  await screens(page, "webhook-endpoint", { fullPage: true });
  receiver.answer = ({ headers, body }) => {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return 204;
    } catch {
      return 401;
    }
  };
  // Deliveries that arrive while the page loads are not lost.
  await page.getByRole("button", { name: "Send test event" }).click();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("Your receiver passed all checks.")).toBeVisible({ timeout: 20_000 });

  await page.getByRole("link", { name: "Rotate secret" }).click();
  await page.getByLabel("The old secret ends").selectOption({ label: "In 1 hour" });
  await expectAccessible(page);
  await screens(page, "webhook-rotate");
  await page.getByRole("button", { name: "Rotate secret" }).click();
  const fresh = await page.getByRole("dialog", { name: "Store your signing secret now" }).getByLabel("Signing secret").innerText();
  expect(fresh).not.toBe(secret);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByText("also signs until")).toBeVisible();
  const before = receiver.received.length;
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect.poll(() => receiver.received.length).toBe(before + 1);
  const both = receiver.received.at(-1)!;
  for (const known of [secret, fresh]) new Webhook(known).verify(both.body, both.headers as Record<string, string>);

  await page.getByText("Disable", { exact: true }).click();
  await page.getByRole("button", { name: "Disable endpoint" }).click();
  await expect(page.getByText("Nothing is delivered to this endpoint: somebody disabled it.")).toBeVisible();
  await screens(page, "webhook-disabled");
  await page.getByRole("button", { name: "Enable" }).click();
  await expect(page.getByText("Disable", { exact: true })).toBeVisible();

  await page.goto("/dashboard/webhooks");
  await expect(page.getByRole("table", { name: "Webhook endpoints, newest first" })).toContainText("Orders");
  await expectAccessible(page);
  await screens(page, "webhooks-list");
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await page.getByLabel("Type").fill("endpoint.*");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/type=endpoint/);
  await expect(page.getByRole("table", { name: "Events, newest first" }).locator("tbody").getByRole("row")).toHaveCount(3);
  await expectAccessible(page);
  await screens(page, "events-list");
  await page.getByRole("table", { name: "Events, newest first" }).locator("tbody").getByRole("link").last().click();
  await expect(page.getByRole("link", { name: /\d attempts?$/ })).toBeVisible();
  await expectAccessible(page);
  await screens(page, "event", { fullPage: true });

  await page.goto("/dashboard/webhooks/debug");
  await page.getByLabel("Signing secret").fill(secret);
  await page
    .getByLabel("Headers")
    .fill(["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => `${name}: ${String(headers[name])}`).join("\n"));
  await page.getByLabel("Body, as your code sees it").fill(JSON.stringify(JSON.parse(body), null, 2));
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The body was parsed and serialised again as JSON")).toBeVisible();
  await expectAccessible(page);
  await screens(page, "webhook-debugged", { fullPage: true });
  await page.getByLabel("Body, as your code sees it").fill(body);
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The signature is valid")).toBeVisible();

  await page.goto("/docs/webhooks");
  await expect(page.getByRole("heading", { name: "customer.created" })).toBeVisible();
  await expectAccessible(page);
  receiver.stop();
});

test("what is not there, and what cannot be, is said", async ({ page }) => {
  await verifyAddress(page, await signUp(page));
  for (const path of ["/dashboard/webhooks/ep_01h2xcejqtf2nbrexx3vqjhp41", "/dashboard/webhooks/x", "/dashboard/webhooks/deliveries/x", "/dashboard/events/x"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: /^There is no such/ })).toBeVisible();
    await expectAccessible(page);
  }
  await screens(page, "event-not-found");
  await page.goto("/dashboard/webhooks/new");
  await page.getByText("Headers and rate").click();
  await page.getByLabel("URL").fill("https://user:secret@example.com/");
  await page.getByLabel("Events").fill("Customer.created");
  await page.getByLabel("Headers", { exact: true }).fill("Host: example.com");
  await page.getByLabel("Maximum deliveries per second").fill("5000");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByText("The URL must not contain a user name or password.").last()).toBeVisible();
  await expect(page.getByText("The rate must be 1 to 1000 deliveries per second.").last()).toBeVisible();
  await expect(page.getByLabel("Events")).toHaveValue("Customer.created");
  await expectAccessible(page);
  await screens(page, "webhook-refused", { fullPage: true });
});
