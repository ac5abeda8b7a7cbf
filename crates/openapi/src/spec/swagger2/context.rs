//! What all parts of the conversion need.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::spec::copies::Copies;
use crate::spec::origins::Origins;
use crate::spec::read::MAX_VALUES;

pub type Fields = Map<String, Value>;

/// The state of a conversion.
pub struct Context<'a> {
    /// The author's document.
    pub written: &'a Fields,
    pub origins: RefCell<Origins>,
    /// Schemas are copied to each media type, and shared bodies to each operation.
    pub copies: Copies,
}

impl<'a> Context<'a> {
    pub fn of(written: &'a Fields) -> Self {
        Self { written, origins: RefCell::default(), copies: Copies::of(MAX_VALUES) }
    }

    /// The part at the author's `written` is at `converted` now.
    pub fn moved(&self, converted: impl Into<String>, written: impl Into<String>) {
        self.origins.borrow_mut().add(converted, written);
    }

    /// The part at `converted` describes what the author wrote at `written` in another form.
    pub fn made_of(&self, converted: impl Into<String>, written: impl Into<String>) {
        self.origins.borrow_mut().made_of(converted, written);
    }

    /// Where the author wrote the part at `converted`.
    pub fn written_at(&self, converted: &str) -> String {
        self.origins.borrow().written(converted)
    }
}

/// The media types of an operation (`consumes`, `produces`). An empty list replaces that of the
/// document.
pub fn media_types(context: &Context, owner: Option<&Fields>, key: &str) -> Vec<String> {
    let list = owner.and_then(|owner| owner.get(key)).or_else(|| context.written.get(key));
    let types = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut types: Vec<String> =
        types.filter(|media_type| !media_type.is_empty()).map(str::to_owned).collect();
    let mut seen = HashSet::new();
    types.retain(|media_type| seen.insert(media_type.clone()));
    types
}

/// Copies the extensions and the named fields.
pub fn kept(written: &Fields, names: &[&str]) -> Fields {
    let fields =
        written.iter().filter(|(key, _)| key.starts_with("x-") || names.contains(&key.as_str()));
    fields.map(|(key, value)| (key.clone(), value.clone())).collect()
}
