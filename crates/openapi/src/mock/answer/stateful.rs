//! Create, read, list, change and delete with stored objects. The response stays valid whatever is
//! put into it.

mod fields;
mod ids;
mod list;

use serde_json::{Map, Value};

use super::{Answering, MockAnswer, accept, headers, sample, status};
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

pub fn answer(answering: &Answering, resource: &Resource) -> MockAnswer {
    let shelf = Shelf {
        org: answering.call.org,
        product: answering.call.product,
        collection: &resource.collection,
    };
    match resource.role {
        Role::List => list::answer(answering, resource, shelf),
        Role::Create => create(answering, resource, shelf),
        Role::Read => read(answering, resource, shelf),
        Role::Change => change(answering, resource, shelf),
        Role::Delete => delete(answering, resource, shelf),
    }
}

fn create(answering: &Answering, resource: &Resource, shelf: Shelf) -> MockAnswer {
    let Some(mut shape) = shape_of_any(answering, resource) else { return answering.plain() };
    let given = fields::given(answering, &shape);
    let asked = given.get(&shape.id_field).cloned();
    shape.overlay(answering, &given);
    if asked.is_none() || shape.id() != asked {
        ids::renew(answering, &mut shape, shelf);
    }
    let Some(id) = shape.id().as_ref().map(text) else { return answering.plain() };
    answering.store.put(shelf, &id, shape.resource(), Some(answering.seed));
    let mut answer = answer_with(answering, &shape);
    if headers::declares(answering, "location") {
        // Relative to the collection, which may be served under any URL.
        let last = resource.collection.rsplit('/').next().unwrap_or_default();
        let segment: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("location"));
        answer.headers.push(("Location".to_owned(), format!("{last}/{segment}")));
    }
    answer
}

fn read(answering: &Answering, resource: &Resource, shelf: Shelf) -> MockAnswer {
    let id = resource.id.as_deref().unwrap_or_default();
    let known = answering.store.get(shelf, id);
    if known == Known::Deleted
        && let Some(gone) = gone(answering)
    {
        return gone;
    }
    let Some(mut shape) = own_shape(answering, resource) else { return answering.plain() };
    match known {
        Known::Object(object) => shape.restore(answering, object),
        _ => shape.set_id(answering, id),
    }
    answer_with(answering, &shape)
}

fn change(answering: &Answering, resource: &Resource, shelf: Shelf) -> MockAnswer {
    let Some(mut shape) = shape_of_any(answering, resource) else { return answering.plain() };
    let mut given = fields::given(answering, &shape);
    let named = || given.get(&shape.id_field).map(text);
    let Some(id) = resource.id.clone().or_else(named) else { return answering.plain() };
    match answering.store.get(shelf, &id) {
        Known::Deleted => {
            if let Some(gone) = gone(answering) {
                return gone;
            }
            shape.set_id(answering, &id);
        }
        Known::Object(object) => shape.restore(answering, object),
        Known::Never => shape.set_id(answering, &id),
    }
    // The path contains its id.
    given.shift_remove(&shape.id_field);
    if answering.operation.method == "PATCH" {
        fields::merge_into_known(&mut given, shape.resource());
    }
    shape.overlay(answering, &given);
    answering.store.put(shelf, &id, shape.resource(), None);
    answer_with(answering, &shape)
}

fn delete(answering: &Answering, resource: &Resource, shelf: Shelf) -> MockAnswer {
    let id = resource.id.as_deref().unwrap_or_default();
    let known = answering.store.get(shelf, id);
    if known == Known::Deleted
        && let Some(gone) = gone(answering)
    {
        return gone;
    }
    let shape = own_shape(answering, resource);
    answering.store.delete(shelf, id);
    let Some(mut shape) = shape else { return answering.plain() };
    match known {
        Known::Object(object) => shape.restore(answering, object),
        _ => shape.set_id(answering, id),
    }
    answer_with(answering, &shape)
}

/// The declared response for a deleted resource.
fn gone(answering: &Answering) -> Option<MockAnswer> {
    let declared = |number: u16| Some((number, status::declared_for(answering.operation, number)?));
    let exact = |number: u16| {
        declared(number).filter(|(_, response)| response.status == number.to_string())
    };
    let (status, response) = exact(404).or_else(|| exact(410)).or_else(|| declared(404))?;
    Some(Answering { status, response, ..*answering }.plain())
}

/// The schema of this operation's response or, if it has none, of the operation that reads the
/// resource. In this case, the value is stored and not shown.
fn shape_of_any<'a>(answering: &Answering<'a>, resource: &Resource<'a>) -> Option<Shape<'a>> {
    own_shape(answering, resource).or_else(|| {
        let (_, response) = status::usual(resource.reader?)?;
        let media = response.content.iter().find(|media| accept::is_json(&media.content_type))?;
        Shape::of(answering, media, resource)
    })
}

fn own_shape<'a>(answering: &Answering<'a>, resource: &Resource) -> Option<Shape<'a>> {
    Shape::of(
        answering,
        accept::choose(&answering.response.content, answering.call.headers)?,
        resource,
    )
}

fn answer_with(answering: &Answering, shape: &Shape) -> MockAnswer {
    match accept::choose(&answering.response.content, answering.call.headers) {
        Some(media) if std::ptr::eq(media, shape.media) => {
            answering.with_body(media, Some(&shape.value))
        }
        _ => answering.plain(),
    }
}

impl<'a> Shape<'a> {
    fn of(answering: &Answering, media: &'a Media, resource: &Resource) -> Option<Self> {
        let value = sample::sample(answering, media)?;
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
    fn overlay(&mut self, answering: &Answering, fields: &Map<String, Value>) {
        let value = std::mem::take(&mut self.value);
        self.value =
            sample::overlay(answering.schemas, &self.media.schema, value, &self.pointer, fields);
    }

    /// The stored object, with the fields that are valid here.
    fn restore(&mut self, answering: &Answering, object: Value) {
        let mut whole = self.value.clone();
        if let Some(place) = whole.pointer_mut(&self.pointer) {
            *place = object.clone();
        }
        if answering.schemas.accepts(&self.media.schema, &whole) {
            self.value = whole;
        } else if let Value::Object(fields) = object {
            self.overlay(answering, &fields);
        }
    }

    /// An id from a path, with the type that it has in the schema.
    fn set_id(&mut self, answering: &Answering, id: &str) {
        let number = id.parse::<i64>().ok().map(Value::from);
        let candidates = match self.id() {
            Some(Value::Number(_)) => [number, Some(Value::from(id))],
            _ => [Some(Value::from(id)), number],
        };
        for candidate in candidates.into_iter().flatten() {
            self.overlay(answering, &Map::from_iter([(self.id_field.clone(), candidate.clone())]));
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
