from typing import List, Optional, Union

import families_client.types as t
from families_client import ApiError, Client
from pets_client import Client as Pets

pets = Pets("k")
name: str = pets.get_pet(pet_id="1", list=[1], tags=["x"], timeout=1)["name"]
pets.create_pet(body={"name": "Rex", "age": None, "kind": "cat", "parent": {"name": "x"}})
nothing: None = pets.form()  # type: ignore[func-returns-value]
pets.create_pet(body={})  # type: ignore[typeddict-item]
pets.create_pet(body={"name": "x", "kind": "cow"})  # type: ignore[typeddict-item]
pets.get_pet(list=[1])  # type: ignore[call-arg]

client = Client()


# A choice is narrowed by its discriminator, whether the base or the user lists the subtypes.
def weight(craft: t.Craft) -> int:
    if craft["kind"] == "tug":
        return craft["power"]
    return weight(craft["tows"]) if "tows" in craft else craft["sails"]


def account(method: t.Method) -> str:
    return method["iban"] if method["type"] == "pay" else method["vpa"]


def lives(animal: t.Animal) -> Union[int, bool]:
    if animal["petType"] == "Puppy":
        return animal["age"]
    return animal["lives"] if animal["petType"] == "Cat" else animal["barks"]


client.add_craft(body={"kind": "tug", "power": 1, "name": "Tug"})
client.add_craft(body={"kind": "tug", "sails": 1})  # type: ignore[typeddict-item]
client.str_(body={"method": {"type": "pay", "iban": "x"}})
animals: List[t.Animal] = client.get_animals(meta=["total"], str_="x")
client.get_animals(meta="x")

# JSON is asked for unless another media type is chosen.
report: Union[t.Air, t.Sea] = client.get_report(id="1")
csv: str = client.get_report(id="1", accept="text/csv")
pdf: bytes = client.get_report(id="1", accept="application/pdf", timeout=1)
client.get_report(id="1", accept="text/plain")  # type: ignore[call-overload]

# The body of an error has the type that the method's documentation names.
try:
    client.add_craft(body={"kind": "dhow", "sails": 1})
except ApiError as error:
    absent: t.Absent = error.problem
    title: str = absent["title"]

# Fields that only one direction has.
client.add_user(body={"name": "x", "password": "y"})
client.add_user(body={"id": 1, "name": "x", "password": "y"})  # type: ignore[typeddict-unknown-key]
user: t.User = {"id": 1, "name": "x"}
team: t.Team = {"lead": user, "deputy": None}
named: t.Named = {"id": 1, "name": "x", "nick": None, "extra": []}
unnamed: t.Named = {"id": 1, "name": "x", "extra": []}  # type: ignore[typeddict-item]

special: t.Special = {"cargo": {"weight": 1, "cold": True}}
warm: t.Special = {"cargo": {"weight": 1}}  # type: ignore[typeddict-item]
shape: t.Shape = {"id": "x", "radius": 1}
diamond: t.Diamond = {"id": "x", "name": "y", "left": 1, "right": 2}
node: t.Node = {"child": {"name": "x"}, "named": {"name": "leaf"}, "any": [{"meta": {"colour": "red"}}]}
branch: t.Node = {"named": {"name": "branch"}}  # type: ignore[typeddict-item]
odd: t.Dict2 = {"class": "x", "a-b": [[1]], "self": 1}
deputy: Optional[t.User] = team["deputy"]
