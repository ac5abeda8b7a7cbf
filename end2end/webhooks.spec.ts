import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expectAccessible } from "./axe";
import { signUp } from "./people";
import { expect, test } from "./test";

interface Receiver {
  readonly url: string;
  readonly received: { headers: IncomingMessage["headers"]; body: string }[];
  status: number;
  readonly server: Server;
}

/** A partner's server that takes webhooks. */
async function startReceiver(): Promise<Receiver> {
  const received: Receiver["received"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(receiver.status).end("as you wish");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const receiver: Receiver = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, status: 500, server };
  return receiver;
}

test("an endpoint is added, tested, mended and debugged", async ({ page }) => {
  const receiver = await startReceiver();
  await signUp(page);
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

  receiver.status = 204;
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(page.getByText("delivered").first()).toBeVisible({ timeout: 500 });
  }).toPass();

  const { headers, body } = receiver.received.at(-1)!;
  await page.goto("/dashboard/webhooks/debug");
  await page.getByLabel("Signing secret").fill(secret);
  await page
    .getByLabel("Headers")
    .fill(["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => `${name}: ${String(headers[name])}`).join("\n"));
  await page.getByLabel("Body, as your code sees it").fill(JSON.stringify(JSON.parse(body), null, 2));
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The body was parsed and written again as JSON")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Body, as your code sees it").fill(body);
  await page.getByRole("button", { name: "Find the mistake" }).click();
  await expect(page.getByText("The signature is right")).toBeVisible();

  await page.goto("/docs/webhooks");
  await expect(page.getByRole("heading", { name: "customer.created" })).toBeVisible();
  await expectAccessible(page);
  receiver.server.close();
});
