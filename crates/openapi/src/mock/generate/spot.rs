//! A location in a value that is being generated.

use serde_json::{Map, Value};

use crate::mock::seed::Seed;

/// A schema without references and branches.
pub type Flat = Map<String, Value>;

/// The current location in the value.
#[derive(Clone)]
pub struct Spot {
    /// JSON pointer.
    pub path: String,
    /// Name of the field, which determines the realistic value.
    pub name: String,
    pub depth: usize,
    /// References that were followed to this location. A repetition is a circle.
    pub refs: Vec<String>,
    /// Examples at or around this location were invalid.
    pub fresh: bool,
    pub seed: Seed,
    pub tries: usize,
}

impl Spot {
    pub fn top(seed: Seed) -> Self {
        Self {
            path: String::new(),
            name: String::new(),
            depth: 0,
            refs: Vec::new(),
            fresh: false,
            seed,
            tries: 0,
        }
    }

    pub fn field(&self, name: &str) -> Self {
        let path = format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1"));
        Self {
            path,
            name: name.to_owned(),
            depth: self.depth + 1,
            seed: self.seed.child(name),
            ..self.clone()
        }
    }

    pub fn item(&self, index: usize, nonce: usize) -> Self {
        let seed = self.seed.nth(index as u64).nth(nonce as u64 * 1_000);
        Self { path: format!("{}/{index}", self.path), depth: self.depth + 1, seed, ..self.clone() }
    }
}
