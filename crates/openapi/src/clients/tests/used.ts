import { ApiError, Client, type Pet } from "./pets/package/index.js";
import { Client as Families, isError } from "./families/package/index.js";
import type { Animal, Contact, Craft, Diamond, Method, Named, Node, Shape, Special, Team, User } from "./families/package/index.js";

const client = new Client({ key: "k" });
export const pet: Promise<Pet> = client.getPet({ petId: "1", list: [1], query: { tags: ["x"] } }, { timeout: 1 });
export const made = client.createPet({ body: { name: "Rex", age: null, kind: "cat", parent: { name: "x" } } });
export const sent: Promise<undefined> = client.form();
void client.upload({ body: { file: new Blob([]) } }).catch((error: unknown) => error instanceof ApiError && error.problem?.title);
// @ts-expect-error a pet has a name
void client.createPet({ body: {} });
// @ts-expect-error there are two kinds
void client.createPet({ body: { name: "x", kind: "cow" } });
// @ts-expect-error which pet
void client.getPet({ list: [1] });
// @ts-expect-error the body is required
void client.createPet();

const families = new Families();

// A choice is narrowed by its discriminator, whether the base or the user lists the subtypes.
export function weight(craft: Craft): number {
  switch (craft.kind) {
    case "tug":
      return craft.power;
    case "dhow":
      return craft.tows === undefined ? craft.sails : weight(craft.tows);
  }
}
export function account(method: Method): string | undefined {
  return method.type === "pay" ? method.iban : method.vpa;
}
export function lives(animal: Animal): number | undefined {
  if (animal.petType === "Puppy") return animal.age;
  return animal.petType === "Cat" ? animal.lives : Number(animal.barks);
}
void families.addCraft({ body: { kind: "tug", power: 1, name: "Tug" } });
// @ts-expect-error a tug has no sails
void families.addCraft({ body: { kind: "tug", sails: 1 } });
// @ts-expect-error there is no such kind
void families.addCraft({ body: { kind: "boat", power: 1 } });
void families.str({ body: { method: { type: "pay", iban: "x" } } });

// JSON is asked for unless another media type is chosen.
export async function reports(): Promise<[string, string, Blob]> {
  const report = await families.getReport({ id: "1" });
  const csv = await families.getReport({ id: "1" }, { accept: "text/csv" });
  const pdf = await families.getReport({ id: "1" }, { accept: "application/pdf", timeout: 1 });
  const name: "air" | "sea" = report.name;
  return [name, csv, pdf];
}
// @ts-expect-error the operation does not return it
void families.getReport({ id: "1" }, { accept: "text/plain" });

// The body of an error has the type of its status.
void families.addCraft({ body: { kind: "dhow", sails: 1 } }).catch((error: unknown) => {
  if (isError(error, "addCraft", 404)) return error.problem.title.length;
  if (isError(error, "addCraft", "5XX")) return error.problem.code;
  throw error;
});

// Fields that only one direction has.
void families.addUser({ body: { name: "x", password: "y" } });
// @ts-expect-error the server sets the id
void families.addUser({ body: { id: 1, name: "x", password: "y" } });
export const user: User = { id: 1, name: "x" };
// @ts-expect-error the server does not return a password
export const secret: User = { id: 1, name: "x", password: "y" };
export const team: Team = { lead: user, deputy: null };
export const named: Named = { id: 1, name: "x", nick: null, extra: [] };
// @ts-expect-error the nickname is required here
export const unnamed: Named = { id: 1, name: "x", extra: [] };

export const special: Special = { cargo: { weight: 1, cold: true } };
// @ts-expect-error both parts describe the cargo
export const warm: Special = { cargo: { weight: 1 } };
export const shape: Shape = { id: "x", radius: 1 };
// @ts-expect-error a shape has an id
export const anonymous: Shape = { side: 1 };
export const contact: Contact = { mail: "x" };
export const diamond: Diamond = { id: "x", name: "y", left: 1, right: 2 };
export const node: Node = { child: { name: "x" }, named: { name: "leaf" }, any: [{ meta: { colour: "red" } }] };
// @ts-expect-error it is a leaf
export const branch: Node = { named: { name: "branch" } };
