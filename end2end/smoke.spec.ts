import { expectAccessible } from "./axe";
import { screens } from "./screens";
import { expect, test } from "./test";

test("the landing page says what it is, to everyone", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveTitle(/Tollgate/);
  await expectAccessible(page);
  await screens(page, "landing");
});
