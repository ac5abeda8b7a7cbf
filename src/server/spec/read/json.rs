//! JSON with what `serde_json` alone does not give: duplicate keys are faults, values are counted, values have lines.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::lines::Lines;
use super::{MAX_DEPTH, MAX_VALUES, fault};
use crate::server::spec::Fault;

pub enum Error {
    /// It is not JSON.
    Syntax(Fault),
    /// It is JSON, but more of it than is read, or ambiguous.
    Bound(Fault),
}

pub fn read(text: &str) -> Result<Value, Error> {
    let state = State { left: Cell::new(MAX_VALUES), depth: Cell::new(0), is_bound: Cell::new(false) };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Node(&state).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        if state.is_bound.get() {
            Error::Bound(fault(Some(error.line()), message.to_owned()))
        } else {
            Error::Syntax(fault(Some(error.line()), format!("this is not JSON: {message}")))
        }
    })
}

struct State {
    left: Cell<usize>,
    depth: Cell<usize>,
    is_bound: Cell<bool>,
}

impl State {
    fn refuse<E: serde::de::Error>(&self, message: impl fmt::Display) -> E {
        self.is_bound.set(true);
        E::custom(message)
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > MAX_DEPTH {
            return Err(self.refuse(format_args!("objects and lists are more than {MAX_DEPTH} deep in one another; flatten them")));
        }
        Ok(())
    }

    fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

#[derive(Clone, Copy)]
struct Node<'s>(&'s State);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.0.left.get().checked_sub(1) else {
            return Err(self.0.refuse(format_args!("the document has more than {MAX_VALUES} values; split it")));
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
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        self.0.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if fields.contains_key(&key) {
                let key: String = key.chars().take(80).collect();
                return Err(self.0.refuse(format_args!("the key `{key}` is there twice; remove one")));
            }
            let value = access.next_value_seed(self)?;
            fields.insert(key, value);
        }
        self.0.leave();
        Ok(Value::Object(fields))
    }
}

/// Tells `lines` where the values of `text`, which is JSON, begin.
pub fn locate(text: &str, lines: &mut Lines) {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, line: 1 };
    scanner.value(lines, MAX_DEPTH);
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                other => return Some(other),
            }
            self.at += 1;
        }
        None
    }

    /// Passes one value, whose line was told already. Commas and colons are as good as blanks in what is known to be JSON.
    fn value(&mut self, lines: &mut Lines, levels: usize) {
        match self.peek() {
            Some(b'{') if levels > 0 => {
                self.at += 1;
                while self.peek().is_some_and(|byte| byte != b'}') {
                    let line = self.line;
                    let key = self.scalar();
                    lines.enter(&serde_json::from_slice::<String>(key).unwrap_or_default(), line);
                    self.value(lines, levels - 1);
                    lines.leave();
                }
                self.at += 1;
            }
            Some(b'[') if levels > 0 => {
                self.at += 1;
                let mut index = 0_usize;
                while self.peek().is_some_and(|byte| byte != b']') {
                    lines.enter(&index.to_string(), self.line);
                    self.value(lines, levels - 1);
                    lines.leave();
                    index += 1;
                }
                self.at += 1;
            }
            Some(_) => {
                self.scalar();
            }
            None => {}
        }
    }

    /// Passes a string, number or word, and answers its text.
    fn scalar(&mut self) -> &[u8] {
        let start = self.at;
        let is_string = self.bytes.get(start) == Some(&b'"');
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'"' if is_string => {
                    self.at += 1;
                    break;
                }
                b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if !is_string => break,
                _ => {}
            }
            self.at += 1;
        }
        self.bytes.get(start..self.at.min(self.bytes.len())).unwrap_or_default()
    }
}
