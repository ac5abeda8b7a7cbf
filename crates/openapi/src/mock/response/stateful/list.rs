//! Lists: created objects first, followed by the items of the document.

use std::collections::HashSet;

use serde_json::Value;

use super::text;
use crate::mock::resource::{Resource, id_field};
use crate::mock::response::{MockResponse, ResponseContext, accept, sample};
use crate::mock::state::{Known, Shelf};
use crate::spec::Media;

/// Maximum number of created objects in one response.
const MAX_SHOWN: usize = 100;
/// Usual names of the list in responses.
const USUAL: [&str; 8] =
    ["data", "items", "results", "entries", "records", "values", "content", "list"];

pub fn respond(context: &ResponseContext, resource: &Resource, shelf: Shelf) -> MockResponse {
    let chosen = accept::choose(&context.response.content, context.call.headers);
    let sampled = chosen.map(|media| (media, sample::sample(context, media)));
    let Some((media, value)) = sampled else { return context.plain() };
    let Some(pointer) = list_in(&value, &resource.collection, 0) else {
        return context.with_body(media, &value);
    };
    let listed = listed(context, resource, shelf, media, &value, &pointer);
    context.with_body(media, listed.as_ref().unwrap_or(&value))
}

/// `None` if the sample is not changed.
fn listed(
    context: &ResponseContext,
    resource: &Resource,
    shelf: Shelf,
    media: &Media,
    value: &Value,
    pointer: &str,
) -> Option<Value> {
    let samples = value.pointer(pointer)?.as_array()?;
    let id_of = |item: &Value| {
        id_field(item.as_object()?, resource.parameter).and_then(|field| item.get(field)).map(text)
    };
    let is_valid = |items: &[Value]| {
        with_items(value, pointer, items)
            .filter(|whole| context.schemas.accepts(&media.schema, whole))
    };

    let page = Page::of(context.call.query);
    let stored = context.store.list(shelf);
    let stored: Vec<Value> =
        stored.into_iter().skip(page.skip).take(page.limit.min(MAX_SHOWN)).collect();
    // An example may occur several times in a list, because all items may come from one schema.
    let mut shown: HashSet<String> = stored.iter().filter_map(id_of).collect();
    let is_new = |item: &&Value| {
        id_of(item)
            .is_none_or(|id| context.store.get(shelf, &id) == Known::Never && shown.insert(id))
    };
    let rest: Vec<Value> = samples.iter().filter(is_new).cloned().collect();

    let mut items: Vec<Value> = stored
        .into_iter()
        .filter_map(|object| fitted(context, media, value, pointer, object))
        .collect();
    let created = items.len();
    items.extend(rest);
    items.truncate(page.limit.max(created));
    // A list may have a maximum length or require unique items.
    is_valid(&items)
        .or_else(|| is_valid(items.get(..created)?))
        .or_else(|| is_valid(items.get(..samples.len())?))
        .or_else(|| is_valid(items.get(..1)?))
}

/// The object as an item of this list: complete, or its valid fields merged into a sample item.
fn fitted(
    context: &ResponseContext,
    media: &Media,
    value: &Value,
    pointer: &str,
    object: Value,
) -> Option<Value> {
    let samples = value.pointer(pointer)?.as_array()?;
    let mut items = vec![object.clone()];
    items.extend(samples.iter().skip(1).cloned());
    if context.schemas.accepts(&media.schema, &with_items(value, pointer, &items)?) {
        return Some(object);
    }
    let first = format!("{pointer}/0");
    let whole =
        sample::overlay(context.schemas, &media.schema, value.clone(), &first, object.as_object()?);
    whole.pointer(&first).cloned()
}

fn with_items(value: &Value, pointer: &str, items: &[Value]) -> Option<Value> {
    let mut whole = value.clone();
    *whole.pointer_mut(pointer)? = Value::Array(items.to_vec());
    Some(whole)
}

/// The location of the list in a response: the response itself, a field with a usual name or the
/// collection's name, or any list of objects.
fn list_in(value: &Value, collection: &str, depth: usize) -> Option<String> {
    let fields = match value {
        Value::Array(_) => return Some(String::new()),
        Value::Object(fields) => fields,
        _ => return None,
    };
    let last = collection.rsplit('/').next().unwrap_or_default();
    let is_list = |name: &str| {
        fields.get(name).is_some_and(|field| {
            field.as_array().is_some_and(|items| items.iter().all(Value::is_object))
        })
    };
    let own = std::iter::once(last).chain(USUAL).find(|name| is_list(name));
    let any = || fields.keys().map(String::as_str).find(|name| is_list(name));
    if let Some(name) = own.or_else(any) {
        return Some(format!("/{}", name.replace('~', "~0").replace('/', "~1")));
    }
    let inner =
        |name: &str| Some(format!("/{name}{}", list_in(fields.get(name)?, collection, depth + 1)?));
    // `{"data": {"items": […]}}`.
    if depth > 0 { None } else { USUAL.into_iter().chain([last]).find_map(inner) }
}

struct Page {
    limit: usize,
    skip: usize,
}

impl Page {
    fn of(query: Option<&str>) -> Self {
        let number = |names: &[&str]| {
            let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
            pairs
                .find(|(name, _)| names.contains(&name.to_lowercase().as_str()))
                .and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let limit = number(&[
            "limit",
            "per_page",
            "perpage",
            "page_size",
            "pagesize",
            "max_results",
            "maxresults",
        ])
        .unwrap_or(usize::MAX);
        let pages = number(&["page"]).unwrap_or(1).saturating_sub(1);
        let skip = number(&["offset", "skip"])
            .unwrap_or_else(|| pages.saturating_mul(limit.min(MAX_SHOWN)));
        Self { limit, skip }
    }
}
