//! Create, read, list, change and delete with stored objects. The response stays valid whatever is
//! put into it.

mod fields;
mod ids;
mod list;

use serde_json::{Map, Value};

use super::{MockResponse, ResponseContext, accept, headers, sample, status};
use crate::mock::resource::{Resource, Role, id_field};
use crate::mock::state::{Known, Shelf};
use crate::spec::Media;

/// A response, and the location of the resource in it.
struct Shape<'a> {
    media: &'a Media,
    /// Valid against the media type's schema.
    value: Value,
    /// Pointer to the resource in the value: empty, or `/data`.
    pointer: String,
    id_field: String,
}

pub fn respond(context: &ResponseContext, resource: &Resource) -> MockResponse {
    let shelf = Shelf {
        org: context.call.org,
        product: context.call.product,
        collection: &resource.collection,
    };
    match resource.role {
        Role::List => list::respond(context, resource, shelf),
        Role::Create => create(context, resource, shelf),
        Role::Read => read(context, resource, shelf),
        Role::Change => change(context, resource, shelf),
        Role::Delete => delete(context, resource, shelf),
    }
}

fn create(context: &ResponseContext, resource: &Resource, shelf: Shelf) -> MockResponse {
    let Some(mut shape) = shape_of_any(context, resource) else { return context.plain() };
    let given = fields::given(context, &shape);
    let requested = given.get(&shape.id_field).cloned();
    shape.overlay(context, &given);
    if requested.is_none() || shape.id() != requested {
        ids::renew(context, &mut shape, shelf);
    }
    let Some(id) = shape.id().as_ref().map(text) else { return context.plain() };
    context.store.put(shelf, &id, shape.resource(), Some(context.seed));
    let mut answer = respond_with(context, &shape);
    if headers::declares(context, "location") {
        // Relative to the collection, which may be served under any URL.
        let last = resource.collection.rsplit('/').next().unwrap_or_default();
        let segment: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("location"));
        answer.headers.push(("Location".to_owned(), format!("{last}/{segment}")));
    }
    answer
}

fn read(context: &ResponseContext, resource: &Resource, shelf: Shelf) -> MockResponse {
    let id = resource.id.as_deref().unwrap_or_default();
    let known = context.store.get(shelf, id);
    if known == Known::Deleted
        && let Some(gone) = gone(context)
    {
        return gone;
    }
    let Some(mut shape) = own_shape(context, resource) else { return context.plain() };
    match known {
        Known::Object(object) => shape.restore(context, object),
        _ => shape.set_id(context, id),
    }
    respond_with(context, &shape)
}

fn change(context: &ResponseContext, resource: &Resource, shelf: Shelf) -> MockResponse {
    let Some(mut shape) = shape_of_any(context, resource) else { return context.plain() };
    let mut given = fields::given(context, &shape);
    let named = || given.get(&shape.id_field).map(text);
    let Some(id) = resource.id.clone().or_else(named) else { return context.plain() };
    match context.store.get(shelf, &id) {
        Known::Deleted => {
            if let Some(gone) = gone(context) {
                return gone;
            }
            shape.set_id(context, &id);
        }
        Known::Object(object) => shape.restore(context, object),
        Known::Never => shape.set_id(context, &id),
    }
    // The path contains its id.
    given.shift_remove(&shape.id_field);
    if context.operation.method == "PATCH" {
        fields::merge_into_known(&mut given, shape.resource());
    }
    shape.overlay(context, &given);
    context.store.put(shelf, &id, shape.resource(), None);
    respond_with(context, &shape)
}

fn delete(context: &ResponseContext, resource: &Resource, shelf: Shelf) -> MockResponse {
    let id = resource.id.as_deref().unwrap_or_default();
    let known = context.store.get(shelf, id);
    if known == Known::Deleted
        && let Some(gone) = gone(context)
    {
        return gone;
    }
    let shape = own_shape(context, resource);
    context.store.delete(shelf, id);
    let Some(mut shape) = shape else { return context.plain() };
    match known {
        Known::Object(object) => shape.restore(context, object),
        _ => shape.set_id(context, id),
    }
    respond_with(context, &shape)
}

/// The declared response for a deleted resource.
fn gone(context: &ResponseContext) -> Option<MockResponse> {
    let declared = |number: u16| Some((number, status::declared_for(context.operation, number)?));
    let exact = |number: u16| {
        declared(number).filter(|(_, response)| response.status == number.to_string())
    };
    let (status, response) = exact(404).or_else(|| exact(410)).or_else(|| declared(404))?;
    Some(ResponseContext { status, response, ..*context }.plain())
}

/// The schema of this operation's response or, if it has none, of the operation that reads the
/// resource. In this case, the value is stored and not shown.
fn shape_of_any<'a>(context: &ResponseContext<'a>, resource: &Resource<'a>) -> Option<Shape<'a>> {
    own_shape(context, resource).or_else(|| {
        let (_, response) = status::usual(resource.reader?)?;
        let media = response.content.iter().find(|media| accept::is_json(&media.content_type))?;
        Shape::of(context, media, resource)
    })
}

fn own_shape<'a>(context: &ResponseContext<'a>, resource: &Resource) -> Option<Shape<'a>> {
    Shape::of(context, accept::choose(&context.response.content, context.call.headers)?, resource)
}

fn respond_with(context: &ResponseContext, shape: &Shape) -> MockResponse {
    match accept::choose(&context.response.content, context.call.headers) {
        Some(media) if std::ptr::eq(media, shape.media) => context.with_body(media, &shape.value),
        _ => context.plain(),
    }
}

impl<'a> Shape<'a> {
    fn of(context: &ResponseContext, media: &'a Media, resource: &Resource) -> Option<Self> {
        let value = sample::sample(context, media);
        let field_of =
            |value: &Value| id_field(value.as_object()?, resource.parameter).map(str::to_owned);
        let inside = || {
            let mut fields = value.as_object()?.iter();
            fields.find_map(|(name, inner)| {
                Some((format!("/{}", name.replace('~', "~0").replace('/', "~1")), field_of(inner)?))
            })
        };
        let (pointer, id_field) =
            field_of(&value).map(|field| (String::new(), field)).or_else(inside)?;
        Some(Self { media, pointer, id_field, value })
    }

    fn resource(&self) -> &Value {
        self.value.pointer(&self.pointer).unwrap_or(&self.value)
    }

    fn id(&self) -> Option<Value> {
        self.resource().get(&self.id_field).cloned()
    }

    /// Adds the fields that keep the response valid.
    fn overlay(&mut self, context: &ResponseContext, fields: &Map<String, Value>) {
        let value = std::mem::take(&mut self.value);
        self.value =
            sample::overlay(context.schemas, &self.media.schema, value, &self.pointer, fields);
    }

    /// The stored object, with the fields that are valid here.
    fn restore(&mut self, context: &ResponseContext, object: Value) {
        let mut whole = self.value.clone();
        if let Some(place) = whole.pointer_mut(&self.pointer) {
            *place = object.clone();
        }
        if context.schemas.accepts(&self.media.schema, &whole) {
            self.value = whole;
        } else if let Value::Object(fields) = object {
            self.overlay(context, &fields);
        }
    }

    /// An id from a path, with the type that it has in the schema.
    fn set_id(&mut self, context: &ResponseContext, id: &str) {
        let number = id.parse::<i64>().ok().map(Value::from);
        let candidates = match self.id() {
            Some(Value::Number(_)) => [number, Some(Value::from(id))],
            _ => [Some(Value::from(id)), number],
        };
        for candidate in candidates.into_iter().flatten() {
            self.overlay(context, &Map::from_iter([(self.id_field.clone(), candidate.clone())]));
            if self.id().as_ref() == Some(&candidate) {
                return;
            }
        }
    }
}

/// An id as it is written in a path.
fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
