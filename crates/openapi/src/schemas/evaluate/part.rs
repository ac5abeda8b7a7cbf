//! The checked part of a value.

use serde_json::{Map, Value};

use crate::schemas::budget::{Budget, Over};
use crate::schemas::equal::equal;
use crate::schemas::types::Types;

/// The checked part: a part of the value, or the name of a property.
#[derive(Clone, Copy)]
pub enum Part<'v> {
    Value(&'v Value),
    Name(&'v str),
}

impl<'v> Part<'v> {
    /// Names and values exist until the check ends, so their addresses are unique.
    pub fn address(self) -> usize {
        match self {
            Self::Value(value) => std::ptr::from_ref(value).addr(),
            Self::Name(name) => name.as_ptr().addr(),
        }
    }

    pub fn types(self) -> Types {
        match self {
            Self::Value(value) => Types::of(value),
            Self::Name(_) => Types::STRING,
        }
    }

    pub fn text(self) -> Option<&'v str> {
        match self {
            Self::Value(value) => value.as_str(),
            Self::Name(name) => Some(name),
        }
    }

    pub fn fields(self) -> Option<&'v Map<String, Value>> {
        match self {
            Self::Value(value) => value.as_object(),
            Self::Name(_) => None,
        }
    }

    pub fn items(self) -> Option<&'v Vec<Value>> {
        match self {
            Self::Value(value) => value.as_array(),
            Self::Name(_) => None,
        }
    }

    pub fn equals(self, other: &Value, budget: &mut Budget) -> Result<bool, Over> {
        match self {
            Self::Value(value) => equal(value, other, budget),
            Self::Name(name) => Ok(other.as_str() == Some(name)),
        }
    }
}
