// From the catalogue to an operation, a call in the sandbox, and its line in the logs.
import { join } from "node:path";
import { expectAccessible } from "./axe";
import { checkProductScope, signUp } from "./people";
import { screens } from "./screens";
import { expect, test } from "./test";

const SPECS = join(import.meta.dirname, "../tests/specs");

test.beforeAll(async ({ server }) => {
  const pets = ["product", "import", join(SPECS, "oai-3.0-petstore-expanded.yaml"), "--id", "pets", "--name", "Pet store"];
  await server.cli(...pets, "--category", "Animals", "--status", "beta", "--base-url", "https://upstream.example", "--sandbox-url", "mock");
  await server.cli("product", "import", join(SPECS, "features-3.1.yaml"), "--id", "lab", "--base-url", "https://upstream.example");
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("an API is found, and its operation read", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "APIs" }).click();
    await page.getByLabel("Name or purpose").fill("pet");
    await page.getByLabel("Category").selectOption("Animals");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL("/apis?q=pet&category=Animals");
    await expect(page.getByRole("listitem").filter({ hasText: "Pet store" })).toContainText("beta");
    await page.getByRole("link", { name: "Pet store" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Pet store");

    await page.getByRole("search", { name: "All APIs" }).getByRole("searchbox").fill("find pets");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/search?q=find+pets");
    await page.getByRole("main").getByRole("link", { name: /findPets/ }).first().click();
    await expect(page).toHaveURL("/apis/pets/findPets");

    const sample = page.getByRole("group", { name: "Python", exact: true });
    await expect(sample).toBeHidden();
    await page.getByText("Python", { exact: true }).first().click();
    await expect(sample).toContainText("YOUR_SANDBOX_KEY");
    await expect(page.getByRole("group", { name: "curl", exact: true })).toBeHidden();
    await expect(page.getByRole("region", { name: "Parameters" })).toContainText("tags");
    await expect(page.getByRole("region", { name: "Responses" })).toContainText("array of Pet");
    await expect(page.locator("noscript p")).toContainText("Sending needs JavaScript");
  });
});

test("a stranger becomes a caller on the operation's page", async ({ page }) => {
  await page.goto("/apis/pets/addPet");
  await expect(page.getByRole("region", { name: "Try it" }).getByRole("link", { name: "Sign up" })).toBeVisible();

  await signUp(page);
  await page.goto("/apis/pets/addPet");
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByRole("button", { name: "Use a new sandbox key" }).click();
  const key = trial.getByLabel("Key", { exact: true });
  await expect(key).toHaveValue(/^tg_sandbox_/);
  await expect(page.getByRole("group", { name: "curl", exact: true })).toContainText("••••••••");

  const answer = page.getByRole("region", { name: "Response", exact: true });
  await trial.getByLabel(/^name/).fill("Rex");
  await trial.getByLabel(/^name/).blur();
  await expect(page.getByRole("group", { name: "curl", exact: true })).toContainText("Rex");
  await trial.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("200", { exact: true })).toBeVisible();
  await expect(answer.getByLabel("Response body")).toContainText("Rex");
  await expect(page.getByText("Sent from this browser")).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(await key.inputValue());

  await trial.getByRole("button", { name: "Form" }).click();
  await trial.getByLabel("Body as text").fill("{");
  await trial.getByRole("button", { name: "Send", exact: true }).click();
  await answer.getByText(/ms$/).waitFor();

  await answer.getByRole("link", { name: "See it in the logs" }).click();
  await expect(page.getByRole("main").getByText("addPet").first()).toBeVisible();
});

test("a failure is shown on its page", async ({ page }) => {
  await page.goto("/apis/pets/findPets");
  const answer = page.getByRole("region", { name: "Response", exact: true });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answer.getByText("401", { exact: true })).toBeVisible();
  await answer.getByRole("link", { name: "More on missing_key" }).click();
  await expect(page).toHaveURL("/docs/errors/missing_key");
});

test("a response that redirects is shown, and not followed", async ({ page, server }) => {
  await server.cli("product", "import", join(SPECS, "odd-3.1.yaml"), "--id", "odd", "--base-url", "https://upstream.example");
  await signUp(page);
  await page.goto("/apis/odd/getRedirect");
  await page.getByRole("button", { name: "Use a new sandbox key" }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("region", { name: "Response", exact: true })).toContainText("The response is a redirect");
});

test("a key is made for a product, without the platform's scopes", async ({ page }) => {
  await signUp(page);
  await page.goto("/dashboard/keys/new");
  await page.getByLabel("Name").fill("Pets only");
  await checkProductScope(page, "pets:read");
  await page.getByText("Single operations of Pet store").click();
  await page.getByLabel("pets:addPet").check();
  await page.getByRole("button", { name: "Create key" }).click();
  await expect(page.getByRole("dialog", { name: "Store your key now" })).toBeVisible();
});

for (const [name, path] of [
  ["apis", "/apis"],
  ["api", "/apis/pets"],
  ["operation", "/apis/pets/addPet"],
  ["operation-platform", "/apis/platform/createCustomer"],
  ["schema", "/apis/lab/schemas/Parcel"],
  ["webhook", "/apis/lab/webhooks/MARKwebhook"],
  ["api-of-everything", "/apis/lab"],
  ["operation-of-everything", "/apis/lab/getParcel"],
  ["search", "/search?q=pet"],
] as const) {
  test(`${path} is for everybody, in light and dark, wide and narrow`, async ({ page }) => {
    expect((await page.goto(path))?.status()).toBe(200);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await expectAccessible(page);
    }
    await screens(page, name, { fullPage: true });
  });
}

test("what is not there says so, also among APIs", async ({ page }) => {
  for (const path of ["/apis/nowhere", "/apis/pets/nothing", "/apis/pets/schemas/Nothing", "/apis/pets/webhooks/nothing"]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: "Page not found", level: 1 })).toBeVisible();
  }
});
