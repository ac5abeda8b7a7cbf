import { expectAccessible } from "./axe";
import { asOperator, hydrated } from "./people";
import { screens } from "./screens";
import { expect, test } from "./test";

const document = (version: string, pets = true) => `openapi: 3.1.0
info: {title: Pets, version: "${version}"}
servers: [{url: "https://pets.example.com"}]
paths:
  /pets:
    get:
      operationId: listPets
      responses: {"200": {description: All pets}}
${pets ? `  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: A pet}}
` : ""}`;

const file = (text: string) => ({ name: "openapi.yaml", mimeType: "application/yaml", buffer: Buffer.from(text) });

test("an operator registers a product, changes it, compares its versions, and removes it", async ({ page, server }) => {
  await asOperator(page, server);
  await page.getByLabel(/^Your account/).click();
  await page.getByRole("link", { name: "Admin", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Products", level: 1 })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "New product" }).first().click();
  await expect(page.getByRole("heading", { name: "New product", level: 1 })).toBeVisible();
  await expectAccessible(page);

  // Faults are listed with their locations, and the form keeps its values.
  await page.getByLabel("Id", { exact: true }).fill("pets");
  await page.getByLabel("Category").fill("Animals");
  await page.getByLabel("Upload a file").setInputFiles(file(document("1.0").replace("in: path", "in: body")));
  await page.getByRole("button", { name: "Register product" }).click();
  await expect(page.getByRole("alert")).toContainText(/#\/paths\/.*line \d+/);
  await expectAccessible(page);
  await expect(page.getByLabel("Category")).toHaveValue("Animals");
  const pasted = page.getByLabel("Or paste it");
  await pasted.fill((await pasted.inputValue()).replace("in: body", "in: path"));
  await page.getByRole("button", { name: "Register product" }).click();

  await expect(page.getByRole("heading", { name: "Pets", level: 1 })).toBeVisible();
  await hydrated(page);
  await expectAccessible(page);
  await screens(page, "admin-product");
  await page.getByLabel("Name", { exact: true }).fill("Animals at home");
  await page.getByLabel("Validation of calls against the document").selectOption("enforce");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByRole("heading", { name: "Animals at home", level: 1 })).toBeVisible();

  await page.getByText("Replace the document", { exact: true }).click();
  await page.getByLabel("Upload a file").setInputFiles(file(document("2.0", false)));
  await page.getByRole("button", { name: "Replace document" }).click();
  await expect(page.getByRole("heading", { name: "Compare versions", level: 1 })).toBeVisible();
  await expect(page.getByRole("row").nth(1)).toContainText("breaking");
  await expect(page.getByText("No key called a broken operation in the last 30 days.")).toBeVisible();
  await expectAccessible(page);
  await screens(page, "admin-diff");

  await page.getByRole("link", { name: "The product" }).click();
  await hydrated(page);
  await page.getByLabel("Confirmation").fill("cats");
  await page.getByRole("button", { name: "Remove product" }).click();
  await expect(page.getByText("Type pets to confirm.").first()).toBeVisible();
  await page.getByLabel("Confirmation").fill("pets");
  await page.getByRole("button", { name: "Remove product" }).click();
  await expect(page.getByRole("heading", { name: "Products", level: 1 })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Animals at home" })).toHaveCount(0);
});

test("an operator makes plans and admin tokens", async ({ page, server }) => {
  await asOperator(page, server);
  await page.goto("/admin/products/platform/plans");
  await hydrated(page);
  await expectAccessible(page);
  await page.getByLabel("Name", { exact: true }).fill("Huge");
  await page.getByLabel("Currency").fill("EUR");
  await page.getByLabel("Price per month").fill("1.999");
  await page.getByLabel("Included units", { exact: true }).fill("5000000");
  await page.getByRole("button", { name: "Create plan" }).click();
  await expect(page.getByText(/Not an amount/).first()).toBeVisible();
  await page.getByLabel("Price per month").fill("999");
  await page.getByLabel("Overage per 1,000 units").fill("0.50");
  await page.getByRole("button", { name: "Create plan" }).click();
  const row = page.getByRole("row").filter({ hasText: "Huge" });
  await expect(row).toContainText("999.00 EUR");
  await expect(row).toContainText("0.50 EUR per 1,000");
  await screens(page, "admin-plans");
  await page.getByLabel("Archive Huge version 1").click();
  await page.getByRole("button", { name: "Archive plan" }).click();
  await expect(row).toContainText("archived");

  await page.getByRole("link", { name: "Admin tokens" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Deployment");
  await page.getByRole("button", { name: "Create token" }).click();
  const token = await page.getByLabel("Admin token", { exact: true }).innerText();
  await expectAccessible(page);
  const call = () => fetch(`${server.url}/admin/api/v1/products`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await call()).status).toBe(200);
  await page.getByRole("link", { name: "I have stored it" }).click();
  await hydrated(page);
  await expectAccessible(page);
  await page.getByLabel("Revoke Deployment").click();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Deployment" })).toContainText("revoked");
  expect((await call()).status).toBe(401);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a product is registered all the same", async ({ page, server }) => {
    await asOperator(page, server);
    await page.goto("/admin/products/new");
    await page.getByLabel("Id", { exact: true }).fill("pets-plain");
    await page.getByLabel("Or paste it").fill(document("1.0"));
    await page.getByRole("button", { name: "Register product" }).click();
    await expect(page.getByRole("heading", { name: "Pets", level: 1 })).toBeVisible();

    // If settings are refused, the form keeps its values.
    await page.getByLabel("Name", { exact: true }).fill("Animals at home");
    await page.getByLabel("Description").fill("Long, and\nnot to be lost.");
    await page.getByLabel("Base URL").fill("https://pets.example.com/?key=1");
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page.getByText("without a query or fragment").last()).toBeVisible();
    await expect(page.getByLabel("Description")).toHaveValue("Long, and\nnot to be lost.");
    await page.getByLabel("Base URL").fill("https://pets.example.com/v2");
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page).toHaveURL("/admin/products/pets-plain");
    await expect(page.getByRole("heading", { name: "Animals at home", level: 1 })).toBeVisible();

    await page.getByRole("link", { name: "Plans" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Basic");
    await page.getByLabel("Included units", { exact: true }).fill("many");
    await page.getByRole("button", { name: "Create plan" }).click();
    await expect(page.getByText("Enter a whole number of units.").last()).toBeVisible();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Basic");
    await page.getByLabel("Included units", { exact: true }).fill("50");
    await page.getByRole("button", { name: "Create plan" }).click();
    await expect(page).toHaveURL("/admin/products/pets-plain/plans");
    await expect(page.getByRole("row").filter({ hasText: "Basic" })).toBeVisible();
    await page.goto("/admin/products");
    await expect(page.getByRole("row").filter({ hasText: "pets-plain" })).toBeVisible();
  });
});
