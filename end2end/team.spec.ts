import { fillSignUp, mailedLink, signUp, somebody, verifyAddress } from "./people";
import { expect, test } from "./test";

test("somebody is invited as a viewer, sees no controls, becomes a developer, and is removed", async ({ page, somebodyElse }) => {
  const owner = await signUp(page);
  await verifyAddress(page, owner);
  const guest = somebody("Grace Hopper");
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByLabel("E-mail", { exact: true }).fill(guest.email);
  await page.getByLabel("Role", { exact: true }).selectOption("viewer");
  await page.getByRole("button", { name: "Send invitation" }).click();
  const invitations = page.getByRole("table", { name: "Open invitations" });
  await expect(invitations.getByRole("row").filter({ hasText: guest.email })).toContainText("Viewer");
  // The form is ready for the next invitation.
  await expect(page.getByLabel("E-mail", { exact: true })).toHaveValue("");
  await expect(invitations).not.toContainText("in 1 s");

  const hers = await somebodyElse();
  await hers.goto(await mailedLink(page, guest.email, `Join ${owner.org}`));
  await expect(hers.getByRole("main")).toContainText(`${owner.name} invites ${guest.email} to join ${owner.org} as viewer`);
  await hers.getByRole("link", { name: "Create an account to accept" }).click();
  await expect(hers.getByLabel("E-mail")).toHaveValue(guest.email);
  await expect(hers.getByLabel("Organisation name")).toBeHidden();
  await fillSignUp(hers, guest);
  await hers.getByRole("button", { name: "Create account" }).click();
  await expect(hers.getByLabel(`Organisation: ${owner.org}`)).toBeVisible();

  // A viewer can read but change nothing.
  await expect(hers.getByRole("link", { name: "Audit" })).toBeHidden();
  await expect(hers.getByRole("button", { name: "Create sandbox key" })).toBeHidden();
  await hers.getByRole("link", { name: "Keys", exact: true }).click();
  await expect(hers.getByRole("heading", { name: "No keys yet" })).toBeVisible();
  await expect(hers.getByRole("link", { name: "Create key" })).toHaveCount(0);
  await hers.getByRole("link", { name: "Team" }).click();
  await expect(hers.getByRole("row").filter({ hasText: owner.email })).toBeVisible();
  await expect(hers.getByRole("button", { name: "Send invitation" })).toBeHidden();
  await expect(hers.getByRole("button", { name: /^Change the role/ })).toBeHidden();

  await page.reload();
  await expect(invitations).toBeHidden();
  await page.getByLabel(`Role of ${guest.name}`, { exact: true }).selectOption("developer");
  await page.getByRole("button", { name: `Change the role of ${guest.name}` }).click();
  await expect(page.getByRole("status").filter({ hasText: "The role was changed." })).toBeFocused();
  await hers.goto("/dashboard/keys");
  await expect(hers.getByRole("link", { name: "Create key" }).first()).toBeVisible();

  await page.getByRole("button", { name: `Remove ${guest.name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Remove ${guest.name}?` });
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("row").filter({ hasText: guest.email })).toBeHidden();
  await hers.goto("/dashboard/keys");
  await expect(hers).toHaveURL("/dashboard/orgs/new");
});

test("an invitation is taken back, and its link says so", async ({ page, somebodyElse }) => {
  const owner = await signUp(page);
  await verifyAddress(page, owner);
  const guest = somebody("Grace Hopper");
  await page.goto("/dashboard/team");
  await page.getByLabel("E-mail", { exact: true }).fill(guest.email);
  await page.getByRole("button", { name: "Send invitation" }).click();
  await page.getByLabel(`Revoke the invitation of ${guest.email}`).click();
  await page.getByRole("button", { name: "Revoke invitation" }).click();
  await expect(page.getByRole("table", { name: "Open invitations" })).toBeHidden();

  const hers = await somebodyElse();
  await hers.goto(await mailedLink(page, guest.email, `Join ${owner.org}`));
  await expect(hers.getByRole("alert")).toContainText(/invitation/i);
  await expect(hers.getByRole("link", { name: "Create an account to accept" })).toBeHidden();
});

test("the last owner can neither leave nor step down", async ({ page }) => {
  const owner = await signUp(page);
  await page.goto("/dashboard/team");
  await page.getByLabel(`Role of ${owner.name}`, { exact: true }).selectOption("viewer");
  await page.getByRole("button", { name: `Change the role of ${owner.name}` }).click();
  await expect(page.getByRole("alert").filter({ hasText: /owner/ })).toBeVisible();
  await page.getByRole("button", { name: "Leave the organisation" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /owner/ })).toHaveCount(2);
});

test("every change stands in the audit trail", async ({ page }) => {
  const owner = await signUp(page);
  await page.goto("/dashboard/settings");
  await page.getByLabel("Organisation name").fill("Difference Engines");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByLabel("Organisation: Difference Engines")).toBeVisible();
  await page.getByRole("link", { name: "Audit" }).click();
  const entry = page.getByRole("row").filter({ hasText: "org.renamed" });
  await expect(entry).toContainText(owner.name);
  await entry.getByText("Show").click();
  await expect(entry).toContainText("Difference Engines");
});
