// Common steps of people, by the texts that they see.
import { expect, type Page } from "@playwright/test";
import type { Server } from "./server";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly org: string;
}

let people = 0;

/** A new person. */
export function somebody(name = "Ada Lovelace"): Person {
  people += 1;
  const handle = name.toLowerCase().replaceAll(" ", ".");
  // All specs of a run share a portal.
  return { name, email: `${handle}.${process.pid}.${people}@example.com`, password: "three blind mice", org: `${name} & Co ${people}` };
}

/** Fills in the sign-up form, including the organisation if the form has it. */
export async function fillSignUp(page: Page, person: Person): Promise<void> {
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  const org = page.getByLabel("Organisation name");
  if (await org.isVisible()) await org.fill(person.org);
}

/** Creates an account and ends on the dashboard. */
export async function signUp(page: Page, person = somebody()): Promise<Person> {
  await page.goto("/signup");
  await fillSignUp(page, person);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  return person;
}

/**
 * Opens the link in the sign-up mail, which is required for invitations and webhooks. Ends on the
 * dashboard.
 */
export async function verifyAddress(page: Page, person: Pick<Person, "email">): Promise<void> {
  await page.goto(await mailedLink(page, person.email, "Confirm your address"));
  await page.getByRole("button", { name: "Verify my address" }).click();
  await expect(page).toHaveURL(/done=1/);
  await page.goto("/dashboard");
}

/** Waits until the script sends forms and keeps their values when they are refused. */
export async function hydrated(page: Page): Promise<void> {
  // The debug build has 25 MB of WebAssembly, which a busy machine compiles slowly.
  await expect(page.locator("html[data-hydrated]")).toBeAttached({ timeout: 60_000 });
}

/** Fills in and sends the login form of the current page. */
export async function fillLogIn(page: Page, person: Pick<Person, "email" | "password">): Promise<void> {
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Logs in and ends on the dashboard. */
export async function logIn(page: Page, person: Pick<Person, "email" | "password">): Promise<void> {
  await page.goto("/login");
  await fillLogIn(page, person);
  await expect(page.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
}

let operators = 0;

/** Creates an operator with an organisation, and logs in. */
export async function asOperator(page: Page, server: Server): Promise<void> {
  operators += 1;
  const email = `operator.${process.pid}.${operators}@example.com`;
  const password = "three blind mice";
  await server.cli("user", "create", email, "--operator", "--password", password);
  await server.cli("org", "create", `Operators ${operators}`, "--owner", email);
  await logIn(page, { email, password });
}

export async function logOut(page: Page): Promise<void> {
  await page.getByLabel(/^Your account/).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL("/");
}

/** The link in the newest mail to `recipient` with this subject, from the outbox page. */
export async function mailedLink(page: Page, recipient: string, subject: string | RegExp): Promise<string> {
  const outbox = await page.context().newPage();
  await outbox.goto("/dev/outbox");
  const mail = outbox.getByRole("article").filter({ hasText: `to ${recipient}` }).filter({ has: outbox.getByRole("heading", { name: subject }) });
  const link = await mail.first().getByRole("link").getAttribute("href");
  await outbox.close();
  if (!link) throw new Error(`no link in the mail to ${recipient}`);
  return link;
}

/** Creates a key with the form of the keys page, closes the dialog, and returns the key. */
export async function createKey(page: Page, name: string, options: { live?: boolean; scopes?: string[]; expires?: string } = {}): Promise<string> {
  await page.goto(options.live ? "/dashboard/keys/new?env=live" : "/dashboard/keys/new");
  await page.getByLabel("Name").fill(name);
  for (const scope of options.scopes ?? ["customers:read", "customers:write"]) await page.getByLabel(scope).check();
  if (options.expires) await page.getByLabel("Expires").selectOption({ label: options.expires });
  await page.getByRole("button", { name: "Create key" }).click();
  const key = await shownKey(page);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await expect(page.getByRole("heading", { name: "Keys", level: 1 })).toBeVisible();
  return key;
}

/** The key in the dialog that shows it once. */
export async function shownKey(page: Page): Promise<string> {
  const text = page.getByRole("dialog", { name: "Store your key now" }).getByLabel("API key");
  await expect(text).toHaveText(/^tg_(sandbox|live)_\w{12}_\w+$/);
  return text.innerText();
}

/** A call by a partner's program, without a browser and cookies. */
export function call(url: string, key: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}${path}`, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } });
}

/** Checks a scope of a product on the form for a new key. Where there are many products, each is folded. */
export async function checkProductScope(page: Page, scope: string): Promise<void> {
  const box = page.getByLabel(scope);
  const product = page.locator("details", { has: box }).last();
  if ((await product.getAttribute("open")) === null) await product.locator("> summary").click();
  await box.check();
}
