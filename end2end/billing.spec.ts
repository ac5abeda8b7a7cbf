// Journey 2, go live: buys a plan on Stripe's page, exceeds its included units, and checks the
// invoice to the unit.
import { expectAccessible } from "./axe";
import { KEY, WEBHOOK_SECRET, startFakeStripe, type FakeStripe } from "./fake-stripe";
import { call, createKey, logIn, mailedLink, signUp } from "./people";
import { screens } from "./screens";
import { freePort, startServer } from "./server";
import { expect, test as base } from "./test";

interface Object {
  [name: string]: any;
}

/**
 * Seconds until noon (UTC) on the 25th of the next month, so that no hour or month ends during the
 * test.
 */
function toThe25th(): number {
  const now = new Date();
  return Math.floor((Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 25, 12) - now.getTime()) / 1000);
}

// A portal with its own Stripe, instead of the portal that all other journeys share.
const test = base.extend<{}, { stripe: FakeStripe }>({
  stripe: [
    async ({}, use) => {
      const fake = await startFakeStripe(`http://127.0.0.1:${port}/webhooks/stripe`);
      await fake.control("webhooks", { sign_with_clock: true, retry_ms: 50 });
      await use(fake);
      fake.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ stripe }, use) => {
      const ahead = toThe25th();
      await stripe.control("clock", { advance: ahead, running: true });
      const settings = {
        STRIPE_SECRET_KEY: KEY,
        STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        STRIPE_API_BASE: stripe.url,
        TOLLGATE_CLOCK_AHEAD: String(ahead),
        // The plan defines the limits.
        TOLLGATE_LIMIT_KEY: "500/1",
        TOLLGATE_LIMIT_IP: "100000/1",
        TOLLGATE_LIMIT_OPERATION: "100000/1",
      };
      const server = await startServer(settings, port);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});
const port = await freePort();

// The second test uses the data of the first one.
test.describe.configure({ mode: "serial" });

const INCLUDED = 25;
/** Rounds half up to whole cents, as Stripe documents. */
const share = (amount: bigint, part: bigint, whole: bigint) => (2n * amount * part + whole) / (2n * whole);
const dollars = (cents: bigint) => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")} USD`;

test("a partner upgrades, goes into overage, and is invoiced exactly", async ({ page, server, stripe }) => {
  // Half a cent for each unit above 25.
  await server.cli("plan", "create", "Metered", "--price", "29", "--included", String(INCLUDED), "--overage", "0.005", "--org-rate", "1000/1", "--json");
  const owner = await signUp(page);
  await page.goto(await mailedLink(page, owner.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page.getByRole("status")).toHaveText("Your address is verified.");
  const key = await createKey(page, "Production", { live: true, scopes: ["customers:read", "usage:read"] });
  let answers = 0;
  const answered = async () => {
    const answer = await call(server.url, key, "/v1/customers");
    expect(answer.status).toBe(200);
    answers += Number(answer.headers.get("tollgate-units"));
    return answer.headers;
  };
  const free = await answered();
  expect(free.get("tollgate-quota-remaining")).toBe("9999");

  await page.goto("/dashboard/billing");
  await expect(page.getByRole("heading", { name: "Free" }).first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, "billing-free", { fullPage: true });
  await page.getByRole("link", { name: "Change to Metered" }).click();
  await page.getByRole("button", { name: "Continue to payment" }).click();

  await expect(page.getByRole("heading", { name: "Checkout" })).toBeVisible();
  await page.getByLabel("Card number").fill("4000 0000 0000 0002");
  await page.getByRole("button", { name: "Pay" }).click();
  await expect(page.getByRole("alert")).toContainText("declined");
  await page.getByLabel("Card number").fill("4242 4242 4242 4242");
  const paid = Date.now();
  await page.getByRole("button", { name: "Pay" }).click();
  await expect(async () => {
    expect((await answered()).get("ratelimit-policy")).toContain('"org";q=1000');
  }).toPass({ intervals: [100] });
  const seconds = (Date.now() - paid) / 1000;
  expect(seconds, "seconds from the payment to the plan's limits").toBeLessThan(5);
  test.info().annotations.push({ type: "journey 2", description: `in force after ${seconds.toFixed(1)} s` });
  expect((await answered()).get("tollgate-quota-remaining")).toBe(String(INCLUDED - answers));

  // After the return from Stripe, the page updates without a reload.
  await expect(page.getByText("Thank you. The plan Metered is active.")).toBeVisible();
  await page.goto("/dashboard/billing");
  await expect(page.getByRole("heading", { name: "Metered" }).first()).toBeVisible();
  await expect(page.getByText(/^Active\. The period ends on 1 /)).toBeVisible();
  await expectAccessible(page);
  await screens(page, "billing-paid", { fullPage: true });

  // Cards and invoices: to Stripe and back.
  await page.getByRole("button", { name: "Cards and invoices" }).click();
  await expect(page.getByRole("heading", { name: "Billing" })).toBeVisible();
  await expect(page.getByText(/Status: active/)).toBeVisible();
  await page.getByRole("link", { name: "Return to the site" }).click();
  await page.getByText("Cancel at the period's end").click();
  await page.getByRole("button", { name: "Cancel subscription" }).click();
  await expect(page.getByText(/It ends on 1 /)).toBeVisible();
  await expectAccessible(page);
  await screens(page, "billing-ending", { fullPage: true });
  await page.getByRole("button", { name: "Keep the plan" }).click();
  await expect(page.getByText(/^Active\. The period ends on 1 /)).toBeVisible();

  // A burst, far above the included units.
  await Promise.all(Array.from({ length: 120 }, answered));
  const overage = BigInt(answers - INCLUDED);
  const amountDue = (overage + 1n) / 2n;
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(`${INCLUDED} of ${INCLUDED} included units, and ${overage} units of overage`)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByText(`including ${dollars(amountDue)} of overage`)).toBeVisible();
  await expectAccessible(page);
  await screens(page, "billing-overage", { fullPage: true });

  // The month ends, and usage is reported. An hour later, Stripe closes the invoice.
  const subscriptions = (await stripe.control<{ data: Object[] }>("objects/subscription")).data;
  const { current_period_start: start, current_period_end: end } = subscriptions[0]?.items.data[0];
  const moveTo = async (at: number) => {
    await stripe.control("clock", { to: at, running: true });
    await server.restart({ TOLLGATE_CLOCK_AHEAD: String(at - Math.floor(Date.now() / 1000)) });
  };
  const counted = async () => (await stripe.control<{ data: Object[] }>("usage")).data.reduce((sum, event) => sum + (event.void ? 0 : event.value), 0);
  await moveTo(end + 600);
  await expect.poll(counted, { message: "units at Stripe's meter" }).toBe(answers);
  await moveTo(end + 2 * 3600);
  const month = new Date(start * 1000).toISOString().slice(0, 7);
  const total = 2900n + amountDue;
  await expect(async () => {
    await page.goto("/dashboard/billing");
    await expect(page.getByText(dollars(total))).toBeVisible({ timeout: 500 });
  }).toPass();
  const entry = page.getByRole("group").filter({ hasText: dollars(total) });
  await entry.getByText(dollars(total)).click();
  await expect(entry).toContainText("paid");
  const table = entry.getByRole("table");
  await expect(table.getByRole("row").filter({ hasText: dollars(amountDue) })).toContainText(String(overage));
  await expect(table.getByRole("row").filter({ hasText: "29.00 USD" })).toBeVisible();
  await expectAccessible(page);
  await screens(page, "billing-invoice", { fullPage: true });

  // The part of the month that was paid at the checkout.
  const from = BigInt(Date.UTC(new Date(start * 1000).getUTCFullYear(), new Date(start * 1000).getUTCMonth(), 1) / 1000);
  const first = share(2900n, BigInt(end - start), BigInt(end) - from);
  await expect(page.getByRole("group").filter({ hasText: dollars(first) })).toContainText("paid");

  // From the invoice to the operations, to the keys, to the calls.
  await table.getByRole("link", { name: /^See the usage of/ }).first().click();
  await expect(page.getByRole("heading", { name: "What was used", level: 1 })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "listCustomers" })).toContainText(String(answers));
  await expectAccessible(page);
  await screens(page, "billing-usage");
  await page.getByRole("link", { name: "listCustomers" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Production" })).toContainText(String(answers));
  await page.getByRole("link", { name: "Production" }).click();
  await expect(page.getByRole("table", { name: "Calls, newest first" }).getByRole("row").nth(1)).toContainText("/v1/customers");

  // All counters agree.
  const usage = await (await call(server.url, key, `/v1/usage?month=${month}`)).json();
  const token = JSON.parse(await server.cli("admin-token", "create", "--json")).token;
  const drift = await (await call(server.url, token, "/admin/api/v1/billing/drift")).json();
  // The call that requested the usage belongs to the next month.
  const days = drift.days.filter((day: Object) => Date.parse(day.day) < end * 1000);
  const sum = (name: string) => days.reduce((sum: number, day: Object) => sum + day[name], 0);
  const invoices = (await stripe.control<{ data: Object[] }>("objects/invoice")).data;
  expect({
    portal: usage.billed_units,
    ledger: sum("ledger"),
    meter: sum("provider"),
    events: await counted(),
    invoiced: invoices.at(-1)?.lines.data.reduce((sum: number, line: Object) => sum + (line.quantity > 1 ? line.quantity : 0), 0),
    total: invoices.at(-1)?.total,
    alarms: drift.alarms,
    objects: drift.objects,
  }).toEqual({
    portal: answers,
    ledger: answers,
    meter: answers,
    events: answers,
    invoiced: answers,
    total: Number(total),
    alarms: 0,
    objects: [],
  });
});

test("those who run the portal see what it earns, try a price, and compare with Stripe", async ({ page, server }) => {
  const operator = { email: "operator@example.com", password: "three blind mice" };
  await server.cli("user", "create", operator.email, "--operator", "--password", operator.password);
  await server.cli("org", "create", "Operators", "--owner", operator.email);
  await logIn(page, operator);
  const lastMonth = new Date(Date.now() + toThe25th() * 1000).toISOString().slice(0, 7);

  await page.goto(`/admin/billing?month=${lastMonth}`);
  const partner = page.getByRole("row").filter({ hasText: "Metered" });
  await expect(partner).toContainText("29.00 USD");
  await expect(page.getByText("No failed payments.")).toBeVisible();
  await expectAccessible(page);
  await screens(page, "admin-revenue", { fullPage: true });

  await page.getByRole("link", { name: "Try a price" }).click();
  await page.getByLabel("Subscribers of").selectOption({ label: "platform: Metered v1, 29.00 USD per month" });
  await page.getByLabel("Month", { exact: true }).fill(lastMonth);
  await page.getByLabel(/^Price per month/).fill("10");
  await page.getByLabel("Included units").fill("0");
  await page.getByLabel(/^Overage per 1,000 units/).fill("1000");
  await page.getByRole("button", { name: "Calculate" }).click();
  const row = page.getByRole("table").getByRole("row").nth(1);
  const units = BigInt((await row.getByRole("cell").nth(0).innerText()).replaceAll(",", ""));
  await expect(row).toContainText(dollars(1000n + 100n * units));
  await expectAccessible(page);
  await screens(page, "admin-simulate", { fullPage: true });

  await page.getByRole("link", { name: "Compare with Stripe" }).click();
  await expect(page.getByRole("status")).toContainText("The ledger and Stripe agree");
  await expectAccessible(page);
  await screens(page, "admin-drift", { fullPage: true });
});
