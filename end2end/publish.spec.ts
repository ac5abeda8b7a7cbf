// From a document of an operator to a partner's call in the logs: with scripts and, as far as
// possible, without.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expectAccessible } from "./axe";
import { asOperator, call, checkProductScope, fillSignUp, signUp, somebody } from "./people";
import { expect, test } from "./test";
import type { Page } from "@playwright/test";
import type { Server } from "./server";

const document = (title: string) => `openapi: 3.1.0
info:
  title: ${title}
  version: "2.1"
  description: Tides at every harbour of the coast.
servers: [{url: "https://tides.example.com/v2"}]
paths:
  /harbours/{harbour}/tides:
    get:
      operationId: listTides
      summary: List tides
      parameters:
        - {name: harbour, in: path, required: true, schema: {type: string, minLength: 2}, example: dover}
        - {name: days, in: query, schema: {type: integer, minimum: 1, maximum: 7}}
      responses:
        "200":
          description: Tides
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Tide"}, minItems: 1}}}
  /alarms:
    post:
      operationId: createAlarm
      summary: Create an alarm
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Alarm"}}}}
      responses: {"201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Alarm"}}}}}
components:
  schemas:
    Tide: {type: object, required: [at, metres], properties: {at: {type: string, format: date-time}, metres: {type: number, minimum: 0, maximum: 15}}}
    Alarm: {type: object, required: [harbour, metres], properties: {id: {type: string, readOnly: true}, harbour: {type: string}, metres: {type: number}}}
`;

/** axe is a script, so it cannot check pages without scripts. */
type Look = (page: Page) => Promise<void>;
const noLook: Look = async () => {};

/** Registers by upload, after one attempt with faults. */
async function publish(page: Page, server: Server, id: string, title: string, look: Look): Promise<void> {
  await asOperator(page, server);
  await page.goto("/admin/products/new");
  await page.getByLabel("Id", { exact: true }).fill(id);
  await page.getByLabel("Category").fill("Weather");
  const faulty = document(title).replace("in: path", "in: body").replace("#/components/schemas/Tide\"", "tides.yaml#/Tide\"");
  await page.getByLabel("Upload a file").setInputFiles({ name: "tides.yaml", mimeType: "application/yaml", buffer: Buffer.from(faulty) });
  await page.getByRole("button", { name: "Register product" }).click();
  const faults = page.getByRole("alert").getByRole("listitem");
  await expect(faults.filter({ hasText: "is in another document" })).toContainText(/line \d+/);
  await expect(faults.filter({ hasText: "use requestBody" })).toContainText("/parameters/0/in");
  await look(page);
  await page.getByLabel("Or paste it").fill(document(title));
  await page.getByRole("button", { name: "Register product" }).click();
  await expect(page.getByRole("heading", { name: title, level: 1 })).toBeVisible();
  await look(page);
}

/** From the catalogue, and by search, to the operation's page. */
async function find(page: Page, id: string, title: string, look: Look): Promise<void> {
  await page.goto("/apis");
  await page.getByLabel("Name or purpose").fill("harbour");
  await page.getByLabel("Category").selectOption("Weather");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  await look(page);
  await page.getByRole("search", { name: "All APIs" }).getByRole("searchbox").fill(`tides ${title}`);
  await page.keyboard.press("Enter");
  await page.getByRole("main").getByRole("link", { name: /List tides/ }).first().click();
  await expect(page).toHaveURL(`/apis/${id}/listTides`);
  await expect(page.getByRole("region", { name: "Parameters" })).toContainText("harbour");
  await expect(page.getByRole("region", { name: "Responses" })).toContainText("array of Tide");
  await expect(page.getByRole("main")).toContainText(`${id}:read`);
  await look(page);
}

test("an operator publishes an API, and a partner finds, reads and calls it", async ({ page, somebodyElse, server }) => {
  await publish(await somebodyElse(), server, "tides", "Tides of the coast", expectAccessible);

  await signUp(page);
  await find(page, "tides", "Tides of the coast", expectAccessible);
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("button", { name: "Use a new sandbox key" }).click();
  await expect(trial.getByLabel("Key", { exact: true })).toHaveValue(/^tg_sandbox_/);
  await trial.getByLabel(/^harbour/).fill("ports mouth/2");
  await trial.getByLabel(/^days/).fill("3");
  await trial.getByRole("button", { name: "Send", exact: true }).click();
  const answer = page.getByRole("region", { name: "Response", exact: true });
  await expect(answer.getByText("200", { exact: true })).toBeVisible();
  const tides = JSON.parse(await answer.getByLabel("Response body").innerText()) as { metres: number }[];
  expect(tides[0]?.metres).toBeGreaterThanOrEqual(0);
  await expectAccessible(page);

  await answer.getByRole("link", { name: "See it in the logs" }).click();
  await expect(page.getByRole("main").getByText("listTides").first()).toBeVisible();
  const explained = page.getByRole("main");
  for (const step of ["tides:read", "sandbox"]) await expect(explained.getByText(step).first()).toBeVisible();
  await expectAccessible(page);
});

test("an API that is published at a URL is fetched", async ({ page, server }) => {
  const publisher = createServer((_, response) => response.end(document("Tides by URL"))).listen(0, "127.0.0.1");
  await new Promise((resolve) => publisher.once("listening", resolve));
  await asOperator(page, server);
  await page.goto("/admin/products/new");
  await page.getByLabel("Id", { exact: true }).fill("tides-url");
  await page.getByLabel("Or fetch it from a URL").fill(`http://127.0.0.1:${(publisher.address() as AddressInfo).port}/openapi.yaml`);
  await page.getByRole("button", { name: "Register product" }).click();
  await expect(page.getByRole("heading", { name: "Tides by URL", level: 1 })).toBeVisible();
  await page.goto("/apis/tides-url/createAlarm");
  await expect(page.getByRole("heading", { name: "Create an alarm", level: 1 })).toBeVisible();
  publisher.close();
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("all of it works up to the form that sends", async ({ page, somebodyElse, server }) => {
    await publish(await somebodyElse(), server, "tides-plain", "Plain tides", noLook);

    await page.goto("/signup");
    await fillSignUp(page, somebody());
    await page.getByRole("button", { name: "Create account" }).click();
    await find(page, "tides-plain", "Plain tides", noLook);
    await expect(page.locator("noscript p")).toContainText("Sending needs JavaScript");
    const sample = await page.getByRole("group", { name: "curl", exact: true }).innerText();

    await page.goto("/dashboard/keys/new");
    await page.getByLabel("Name").fill("Plain");
    await checkProductScope(page, "tides-plain:read");
    await page.getByRole("button", { name: "Create key" }).click();
    const key = await page.getByLabel("API key").innerText();
    const path = /'https?:\/\/[^/]+([^']+)'/.exec(sample)?.[1] ?? "";
    const answer = await call(server.url, key, path);
    expect(answer.status).toBe(200);
    const id = answer.headers.get("x-request-id") ?? "";
    await expect(async () => {
      await page.goto(`/dashboard/logs/${id}`);
      await expect(page.getByRole("main").getByText("listTides").first()).toBeVisible({ timeout: 500 });
    }).toPass();
  });
});
