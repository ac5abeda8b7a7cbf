import { fillLogIn, fillSignUp, hydrated, logIn, logOut, mailedLink, signUp, somebody } from "./people";
import { expect, test } from "./test";

test("somebody logs out, is sent to the login from the dashboard, and comes back to where they wanted to go", async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);

  await page.goto("/dashboard/logs?status=4xx");
  await expect(page).toHaveURL(/\/login\?next=/);
  await fillLogIn(page, person);
  await expect(page).toHaveURL("/dashboard/logs?status=4xx");
  await expect(page.getByLabel("Status")).toHaveValue("4xx");
});

test("a wrong password is reported, and the entered values stay", async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);

  await page.goto("/login");
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await hydrated(page);
  await fillLogIn(page, { email: person.email, password: "not the password" });
  await expect(page.getByRole("alert")).toContainText(/password/i);
  await expect(page.getByLabel("E-mail")).toHaveValue(person.email);
  await expect(page.getByLabel("Password")).toHaveValue("not the password");
  await expect(page).toHaveURL("/login");

  await fillLogIn(page, person);
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
});

test("an address that is taken is told at its field", async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);
  await page.goto("/signup");
  await hydrated(page);
  await fillSignUp(page, { ...somebody("Grace Hopper"), email: person.email });
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/account/i);
  await expect(page.getByLabel("Your name")).toHaveValue("Grace Hopper");
});

test("a forgotten password is set anew by a mail, once", async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);

  await page.goto("/login");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByRole("status")).toContainText("we have sent a link");

  const link = await mailedLink(page, person.email, "Choose a new password");
  await page.goto(link);
  const password = "a better password";
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();

  await logOut(page);
  await page.goto("/login");
  await fillLogIn(page, person);
  await expect(page.getByRole("alert")).toContainText(/password/i);
  await fillLogIn(page, { email: person.email, password });
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();

  await page.goto(link);
  await page.getByLabel("New password").fill("a third password");
  await page.getByRole("button", { name: "Set password and log in" }).click();
  await expect(page.getByRole("alert")).toContainText(/link/i);
});

test("whoever opens the mailed link has a verified address, and is asked no more", async ({ page }) => {
  const person = await signUp(page);
  const banner = page.getByRole("region", { name: "Verify your e-mail address" });
  await expect(banner).toContainText(person.email);
  await banner.getByRole("button", { name: "Send again" }).click();
  await expect(banner.getByRole("status")).toHaveText("Sent.");

  await page.goto(await mailedLink(page, person.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page.getByRole("status")).toHaveText("Your address is verified.");
  await page.getByRole("link", { name: "Go to the dashboard" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await expect(banner).toBeHidden();
});

test("sessions are listed, and one is ended from another", async ({ page, somebodyElse }) => {
  const person = await signUp(page);
  const other = await somebodyElse();
  await logIn(other, person);

  await page.goto("/dashboard/settings");
  const sessions = page.getByRole("table", { name: "Your sessions, the latest first" }).locator("tbody").getByRole("row");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "this session" })).toHaveCount(1);
  await sessions.getByRole("button", { name: /^Log out/ }).click();
  await expect(sessions).toHaveCount(1);

  await other.reload();
  await expect(other).toHaveURL(/\/login/);
});

test("a new name shows at once, and a new password takes the old one", async ({ page }) => {
  const person = await signUp(page);
  await page.goto("/dashboard/settings");
  await hydrated(page);
  await page.getByLabel("Your name").fill("Countess Lovelace");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByLabel("Your account: Countess Lovelace")).toBeVisible();

  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("another password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("New password")).toHaveValue("another password");
  await page.getByLabel("Current password").fill(person.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Changed.")).toBeVisible();

  await logOut(page);
  await logIn(page, { email: person.email, password: "another password" });
});

test("another organisation is made and switched to, and has nothing of the first", async ({ page }) => {
  const { org } = await signUp(page);
  await page.getByLabel(`Organisation: ${org}`).click();
  await page.getByRole("link", { name: "New organisation" }).click();
  await page.getByLabel("Organisation name").fill("Second Engines");
  await page.getByRole("button", { name: "Create organisation" }).click();
  await expect(page.getByLabel("Organisation: Second Engines")).toBeVisible();
  await expect(page).toHaveURL("/dashboard");

  await page.getByLabel("Organisation: Second Engines").click();
  await page.getByRole("button", { name: org }).click();
  await expect(page.getByLabel(`Organisation: ${org}`)).toBeVisible();
});
