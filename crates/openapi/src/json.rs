//! Reads JSON from others, within bounds. An object with two equal names is an error: programs
//! differ in which of the two they use, so a value that was checked here could differ from the
//! value that is read elsewhere.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The path from a value to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Name(String),
    Index(usize),
}

/// A path as a JSON pointer.
pub fn pointer(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    };
    path.iter().map(step).collect()
}

/// The maximum nesting of objects and lists, which is that of `serde_json`.
pub const MAX_DEPTH: usize = 127;

/// How much of a text is read.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub values: usize,
    /// Maximum nesting of objects and lists. [`MAX_DEPTH`] applies in any case.
    pub depth: usize,
}

impl Bounds {
    /// For a text whose length is already bounded.
    pub const OF_PARSER: Self = Self { values: usize::MAX, depth: usize::MAX };
}

/// The first error in a text.
#[derive(Debug)]
pub struct Fault {
    pub kind: Kind,
    /// The position at which reading stopped and, for [`Kind::Syntax`], the reason.
    pub error: serde_json::Error,
}

#[derive(Debug)]
pub enum Kind {
    Syntax,
    /// The location of a name that occurs twice.
    Doubled(Vec<Step>),
    TooDeep,
    TooManyValues,
}

/// # Errors
/// The first reason why the bytes are not one JSON value within the bounds.
pub fn read(bytes: &[u8], bounds: Bounds) -> Result<Value, Fault> {
    let state = State {
        bounds,
        left: Cell::new(bounds.values),
        path: RefCell::default(),
        refused: Cell::new(None),
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Node(&state)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let kind = state.refused.take();
        let of_parser = if is_too_deep(&error) { Kind::TooDeep } else { Kind::Syntax };
        Fault { kind: kind.unwrap_or(of_parser), error }
    })
}

/// Whether the parser stopped because of its own limit, [`MAX_DEPTH`].
pub fn is_too_deep(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("recursion limit exceeded")
}

struct State {
    bounds: Bounds,
    /// The number of values that may still follow.
    left: Cell<usize>,
    path: RefCell<Vec<Step>>,
    /// Set if the text is valid JSON but is not read further.
    refused: Cell<Option<Kind>>,
}

impl State {
    fn refuse<E: serde::de::Error>(&self, kind: Kind) -> E {
        self.refused.set(Some(kind));
        E::custom("refused")
    }

    /// Starts an object or a list.
    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.path.borrow().len() >= self.bounds.depth {
            Err(self.refuse(Kind::TooDeep))
        } else {
            Ok(())
        }
    }
}

#[derive(Clone, Copy)]
struct Node<'s>(&'s State);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.0.left.get().checked_sub(1) else {
            return Err(self.0.refuse(Kind::TooManyValues));
        };
        self.0.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut items = Vec::new();
        self.0.path.borrow_mut().push(Step::Index(0));
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
            if let Some(step) = self.0.path.borrow_mut().last_mut() {
                *step = Step::Index(items.len());
            }
        }
        self.0.path.borrow_mut().pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut fields = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            self.0.path.borrow_mut().push(Step::Name(name.clone()));
            if fields.contains_key(&name) {
                return Err(self.0.refuse(Kind::Doubled(self.0.path.take())));
            }
            let value = access.next_value_seed(self)?;
            fields.insert(name, value);
            self.0.path.borrow_mut().pop();
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind_of(bytes: &[u8]) -> Option<Kind> {
        read(bytes, Bounds::OF_PARSER).err().map(|fault| fault.kind)
    }

    #[test]
    fn json_is_read_as_usual() {
        let text =
            r#"{"a": [1, -2, 1.5, 18446744073709551615, "x\n", true, null, {}], "b": {"a": []}}"#;
        assert_eq!(read(text.as_bytes(), Bounds::OF_PARSER).ok(), serde_json::from_str(text).ok());
        for broken in ["", "{", "[1,]", "1 2", "\u{1}", "1e999"] {
            assert!(matches!(kind_of(broken.as_bytes()), Some(Kind::Syntax)), "{broken}");
        }
        assert!(matches!(kind_of(&[0xff]), Some(Kind::Syntax)));
    }

    #[test]
    fn a_text_that_is_nested_too_deeply_is_told_from_one_that_is_not_json() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(kind_of(nested(MAX_DEPTH).as_bytes()).is_none());
        assert!(matches!(kind_of(nested(MAX_DEPTH + 1).as_bytes()), Some(Kind::TooDeep)));
        assert!(matches!(kind_of("[".repeat(100_000).as_bytes()), Some(Kind::TooDeep)));
        assert!(matches!(kind_of("[".repeat(MAX_DEPTH).as_bytes()), Some(Kind::Syntax)));
    }

    #[test]
    fn a_doubled_name_is_found_at_its_place() {
        for (text, place) in [
            (r#"{"a": 1, "a": 1}"#, "/a"),
            (r#"{"a": [0, {"b": {"c": 1, "c": 2}}]}"#, "/a/1/b/c"),
            (r#"[{"a": 1}, {"a": 1, "\u0061": 1}]"#, "/1/a"),
        ] {
            let Some(Kind::Doubled(path)) = kind_of(text.as_bytes()) else { panic!("{text}") };
            assert_eq!(pointer(&path), place, "{text}");
        }
        let text = br#"[{"a": 1}, {"a": {"a": 1}}]"#;
        assert_eq!(read(text, Bounds::OF_PARSER).ok(), Some(json!([{"a": 1}, {"a": {"a": 1}}])));
    }

    #[test]
    fn what_is_within_the_bounds_is_read_and_no_more() {
        let read = |text: &str| read(text.as_bytes(), Bounds { values: 4, depth: 2 });
        for within in ["1", "[]", "[1, 2, 3]", r#"{"a": [1, 2]}"#, "[[], {}]"] {
            assert!(read(within).is_ok(), "{within}");
        }
        for deep in ["[[[]]]", r#"{"a": {"b": {}}}"#, "[1, [[1]]]"] {
            assert!(matches!(read(deep), Err(Fault { kind: Kind::TooDeep, .. })), "{deep}");
        }
        for large in ["[1, 2, 3, 4]", r#"{"a": [1, 2], "b": 3}"#] {
            assert!(matches!(read(large), Err(Fault { kind: Kind::TooManyValues, .. })), "{large}");
        }
    }
}
