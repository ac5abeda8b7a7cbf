//! Compares how an operation is called and how it responds, before and now.

use tollgate_types::number::plural;

use super::ChangeKind::{Breaking, Other};
use super::schemas::{Compare, Direction};
use super::{ChangeKind, Changes};
use crate::spec::model::{Billable, Body, Media, Operation, Parameter, Place, Price, Response};
use crate::spec::template;
use crate::spec::walk::join;

pub fn compare(old: &Operation, new: &Operation, schemas: &mut Compare, changes: &mut Changes) {
    if old.id != new.id {
        let message = format!(
            "its id is now `{}`: keys with a scope for `{}` are refused until they have the new scope",
            new.id, old.id
        );
        changes.add(Breaking, &new.pointer, message);
    }
    if !old.deprecated && new.deprecated {
        changes.add(Other, &new.pointer, "it is deprecated now".to_owned());
    }
    if let Some(day) = new.sunset.as_ref().filter(|day| old.sunset.as_ref() != Some(*day)) {
        changes.add(Other, &new.pointer, format!("it will be removed on {day}"));
    }
    if !old.requires_idempotency_key && new.requires_idempotency_key {
        changes.add(Breaking, &new.pointer, "calls need an `Idempotency-Key` now".to_owned());
    }
    price(old.price, new.price, &new.pointer, changes);
    parameters(old, new, schemas, changes);
    body(
        old.body.as_ref(),
        new.body.as_ref(),
        &join(&new.pointer, "requestBody"),
        schemas,
        changes,
    );
    responses(old, new, schemas, changes);
}

fn price(old: Price, new: Price, pointer: &str, changes: &mut Changes) {
    if old == new {
        return;
    }
    let most = |price: Price| {
        if price.billable == Billable::Never { 0 } else { price.max_units.unwrap_or(price.units) }
    };
    let usual = |price: Price| if price.billable == Billable::Never { 0 } else { price.units };
    let is_raised = most(new) > most(old)
        || usual(new) > usual(old)
        || (new.billable == Billable::Always && old.billable != Billable::Always);
    let (kind, word) = if is_raised { (Breaking, "raised") } else { (Other, "lowered") };
    changes.add(
        kind,
        pointer,
        format!("its price is {word} from {} to {}", shown(old), shown(new)),
    );
}

fn shown(price: Price) -> String {
    let units = match price.max_units {
        Some(most) => format!("{} up to {}", price.units, plural(most.into(), "unit", "units")),
        None => plural(price.units.into(), "unit", "units"),
    };
    match price.billable {
        Billable::Never => "nothing".to_owned(),
        Billable::OnSuccess => units,
        Billable::Always => format!("{units}, whatever the response"),
    }
}

fn parameters(old: &Operation, new: &Operation, schemas: &mut Compare, changes: &mut Changes) {
    let at = join(&new.pointer, "parameters");
    let (before, now) = (names(&old.path), names(&new.path));
    // Path parameters are compared by position, because their names are irrelevant to callers.
    let is_same = |old: &Parameter, new: &Parameter| {
        old.place == new.place
            && match old.place {
                Place::Path => {
                    before.iter().position(|name| *name == old.name)
                        == now.iter().position(|name| *name == new.name)
                }
                Place::Header => old.name.eq_ignore_ascii_case(&new.name),
                Place::Query | Place::Cookie => old.name == new.name,
            }
    };
    for parameter in &old.parameters {
        match new.parameters.iter().find(|other| is_same(parameter, other)) {
            Some(other) => changed(parameter, other, &at, schemas, changes),
            None => changes.add(
                Breaking,
                &join(&old.pointer, "parameters"),
                format!("{} is removed", label(parameter)),
            ),
        }
    }
    for parameter in new
        .parameters
        .iter()
        .filter(|parameter| !old.parameters.iter().any(|other| is_same(other, parameter)))
    {
        match parameter.required {
            true => changes.add(Breaking, &at, format!("{} is new and required", label(parameter))),
            false => changes.add(Other, &at, format!("{} is new", label(parameter))),
        }
    }
}

fn names(path: &str) -> Vec<String> {
    template::parse(path)
        .map(|segments| template::names(&segments).map(str::to_owned).collect())
        .unwrap_or_default()
}

fn label(parameter: &Parameter) -> String {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    };
    format!("the {place} parameter `{}`", parameter.name)
}

fn changed(
    old: &Parameter,
    new: &Parameter,
    at: &str,
    schemas: &mut Compare,
    changes: &mut Changes,
) {
    required(old.required, new.required, &label(new), at, changes);
    if !old.deprecated && new.deprecated {
        changes.add(Other, at, format!("{} is deprecated now", label(new)));
    }
    if (&old.style, old.explode, &old.content_type) != (&new.style, new.explode, &new.content_type)
    {
        changes.add(
            Breaking,
            at,
            format!("{} is written differently (`style`, `explode` or `content`)", label(new)),
        );
    }
    schemas.run(Direction::Request, (&old.schema, &new.schema), &label(new), at, changes);
}

fn required(old: bool, new: bool, label: &str, at: &str, changes: &mut Changes) {
    match (old, new) {
        (false, true) => changes.add(Breaking, at, format!("{label} is required now")),
        (true, false) => changes.add(Other, at, format!("{label} is no longer required")),
        _ => {}
    }
}

fn body(
    old: Option<&Body>,
    new: Option<&Body>,
    at: &str,
    schemas: &mut Compare,
    changes: &mut Changes,
) {
    match (old, new) {
        (None, None) => {}
        (Some(_), None) => changes.add(Breaking, at, "the request body is removed".to_owned()),
        (None, Some(new)) if new.required => {
            changes.add(Breaking, at, "the request body is new and required".to_owned())
        }
        (None, Some(_)) => changes.add(Other, at, "the request body is new".to_owned()),
        (Some(old), Some(new)) => {
            required(old.required, new.required, "the request body", at, changes);
            media(
                Direction::Request,
                (&old.content, &new.content),
                "the request body",
                at,
                schemas,
                changes,
            );
        }
    }
}

fn media(
    direction: Direction,
    (old, new): (&[Media], &[Media]),
    label: &str,
    at: &str,
    schemas: &mut Compare,
    changes: &mut Changes,
) {
    let at = join(at, "content");
    let find = |list: &[Media], wanted: &str| {
        list.iter().position(|media| media.content_type.eq_ignore_ascii_case(wanted))
    };
    for media in old {
        match find(new, &media.content_type).and_then(|index| new.get(index)) {
            Some(now) => {
                let at = join(&join(&at, &now.content_type), "schema");
                schemas.run(direction, (&media.schema, &now.schema), label, &at, changes);
            }
            None => {
                changes.add(Breaking, &at, format!("{label} is no longer `{}`", media.content_type))
            }
        }
    }
    for media in new.iter().filter(|media| find(old, &media.content_type).is_none()) {
        changes.add(Other, &at, format!("{label} may be `{}` now", media.content_type));
    }
}

fn responses(old: &Operation, new: &Operation, schemas: &mut Compare, changes: &mut Changes) {
    let find = |operation: &Operation, status: &str| {
        operation.responses.iter().position(|response| response.status == status)
    };
    for response in &old.responses {
        let status = &response.status;
        match find(new, status).and_then(|index| new.responses.get(index)) {
            Some(now) => answer(
                response,
                now,
                &join(&join(&new.pointer, "responses"), status),
                schemas,
                changes,
            ),
            None => {
                let kind = if status.starts_with('2') { Breaking } else { Other };
                changes.add(
                    kind,
                    &join(&join(&old.pointer, "responses"), status),
                    format!("the response {status} is removed"),
                );
            }
        }
    }
    for response in new.responses.iter().filter(|response| find(old, &response.status).is_none()) {
        let at = join(&join(&new.pointer, "responses"), &response.status);
        changes.add(Other, &at, format!("the response {} is new", response.status));
    }
}

fn answer(old: &Response, new: &Response, at: &str, schemas: &mut Compare, changes: &mut Changes) {
    let label = format!("the response {}", new.status);
    for header in &old.headers {
        match new.headers.iter().find(|other| other.name.eq_ignore_ascii_case(&header.name)) {
            Some(now) => {
                let label = format!("{label}'s header `{}`", now.name);
                if header.required && !now.required {
                    changes.add(Breaking, at, format!("{label} can be missing now"));
                }
                schemas.run(
                    Direction::Response,
                    (&header.schema, &now.schema),
                    &label,
                    at,
                    changes,
                );
            }
            None => {
                changes.add(Breaking, at, format!("{label}'s header `{}` is removed", header.name))
            }
        }
    }
    if old.content.is_empty() != new.content.is_empty() {
        let (kind, word): (ChangeKind, _) =
            if new.content.is_empty() { (Breaking, "no longer has") } else { (Other, "now has") };
        changes.add(kind, at, format!("{label} {word} a body"));
        return;
    }
    media(Direction::Response, (&old.content, &new.content), &label, at, schemas, changes);
}
