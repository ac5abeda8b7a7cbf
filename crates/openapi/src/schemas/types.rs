//! Types of JSON Schema as a set.

use std::fmt;

use serde_json::Value;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

const NAMES: [(&str, u8); 7] = [
    ("null", 1),
    ("boolean", 2),
    ("integer", 4),
    ("number", 12),
    ("string", 16),
    ("array", 32),
    ("object", 64),
];

impl Types {
    pub const STRING: Self = Self(16);
    pub const OBJECT: Self = Self(64);

    /// The type of a value. `1.0` is an integer.
    pub fn of(value: &Value) -> Self {
        Self(match value {
            Value::Null => 1,
            Value::Bool(_) => 2,
            Value::Number(number)
                if number.as_f64().is_some_and(|number| number.fract() == 0.0) =>
            {
                4
            }
            Value::Number(_) => 8,
            Value::String(_) => 16,
            Value::Array(_) => 32,
            Value::Object(_) => 64,
        })
    }

    /// The keyword `type`. `None` if it contains an unknown type.
    pub fn read(value: &Value) -> Option<Self> {
        let named =
            |name: &str| NAMES.iter().find(|(known, _)| *known == name).map(|&(_, bits)| bits);
        match value {
            Value::String(name) => named(name).map(Self),
            Value::Array(names) if !names.is_empty() => names
                .iter()
                .map(|name| named(name.as_str()?))
                .try_fold(0, |all, bits| Some(all | bits?))
                .map(Self),
            _ => None,
        }
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `string or null`.
impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_named = |&&(name, bits): &&(&str, u8)| {
            self.0 & bits == bits && !(name == "integer" && self.0 & 12 == 12)
        };
        let names: Vec<&str> = NAMES.iter().filter(is_named).map(|&(name, _)| name).collect();
        f.write_str(&names.join(" or "))
    }
}
