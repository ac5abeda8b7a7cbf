import { expectAccessible } from "./axe";
import { call, createKey, hydrated, mailedLink, signUp } from "./people";
import { screens } from "./screens";
import { expect, test } from "./test";

test("somebody sees the month, switches plans, caps spending, and takes the cap away", async ({ page, server }) => {
  const owner = await signUp(page);
  await page.goto(await mailedLink(page, owner.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page.getByRole("status")).toHaveText("Your address is verified.");
  const key = await createKey(page, "Checkout", { live: true });
  expect((await call(server.url, key, "/v1/customers")).headers.get("tollgate-quota-remaining")).toBe("9999");

  await page.getByRole("link", { name: "Plan & usage" }).click();
  await hydrated(page);
  await expect(page.getByRole("heading", { name: "Plan & usage", level: 1 })).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByLabel(/1 of 10,000 included units/)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(page.getByRole("row").filter({ hasText: "Checkout" })).toContainText("0.00 USD");
  await expectAccessible(page);
  await screens(page, "plan");

  await page.getByRole("link", { name: "Change to Growth" }).click();
  await page.getByRole("button", { name: "Change now" }).click();
  await expect(page.getByLabel(/1 of 100,000 included units/)).toBeVisible();
  await page.getByRole("link", { name: "Plan & usage" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "your plan" })).toContainText("Growth");
  expect((await call(server.url, key, "/v1/customers")).headers.get("tollgate-quota-remaining")).toBe("99998");

  const cap = page.getByLabel("Spend cap for each month");
  await cap.fill("a lot");
  await page.getByRole("button", { name: "Set cap" }).click();
  await expect(page.getByRole("alert").getByText("Enter an amount in USD, such as 12.50 USD")).toBeVisible();
  await expectAccessible(page);
  // A refused form keeps what was entered.
  await expect(cap).toHaveValue("a lot");
  await cap.fill("12.5");
  await page.getByRole("button", { name: "Set cap" }).click();
  await expect(page.getByText("of at most 12.50 USD")).toBeVisible();
  await page.reload();
  await expect(cap).toHaveValue("12.50");
  await hydrated(page);
  await cap.fill("");
  await page.getByRole("button", { name: "Set cap" }).click();
  await expect(page.getByText("no spend cap")).toBeVisible();

  await page.getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("row").filter({ hasText: "org.spend_cap_set" })).toHaveCount(2);
  await expect(page.getByRole("row").filter({ hasText: "subscription.changed" })).toContainText(owner.name);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a plan is switched and a cap set all the same", async ({ page }) => {
    await signUp(page);
    await page.goto("/dashboard/plan");
    await page.getByRole("link", { name: "Change to Scale" }).click();
    await page.getByRole("button", { name: "Change now" }).click();
    await expect(page.getByText(/0 of 1,000,000 included units/)).toBeVisible();
    await page.getByLabel("Spend cap for each month").fill("25");
    await page.getByRole("button", { name: "Set cap" }).click();
    await expect(page.getByText("of at most 25.00 USD")).toBeVisible();
  });
});
