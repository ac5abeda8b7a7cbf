//! The state of the fake: objects by kind, meter events, the clock, and past requests.

use super::config::{Config, Faults, Webhooks};
use super::dice::Dice;
use super::error::Failure;
use super::webhooks::Queue;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Maximum number of objects of one kind. A test that needs more contains an endless loop.
const MAX_OBJECTS: usize = 200_000;
const MAX_REQUESTS_REMEMBERED: usize = 20_000;
const ID_LENGTH: usize = 24;
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A meter event that was accepted.
#[derive(Clone, Debug)]
pub struct Usage {
    pub event_name: String,
    pub identifier: String,
    pub customer: String,
    pub value: i64,
    pub timestamp: i64,
    pub received: i64,
    /// Cancelled by an adjustment, or not counted because its meter or customer is unknown.
    pub void: bool,
}

/// The first response for an idempotency key.
#[derive(Clone, Debug)]
pub struct Remembered {
    pub path: String,
    pub form: String,
    pub status: u16,
    pub body: Value,
    pub at: i64,
}

#[derive(Clone)]
pub struct State {
    pub config: Config,
    pub now: i64,
    /// Added to the real time. `None` while the clock stands still.
    pub offset: Option<i64>,
    pub tables: BTreeMap<&'static str, Map<String, Value>>,
    pub usage: Vec<Usage>,
    /// Identifiers of meter events, with their time of arrival.
    pub identifiers: HashMap<String, i64>,
    pub remembered: HashMap<String, Remembered>,
    pub requests: VecDeque<Value>,
    pub queue: Queue,
    pub wake: std::sync::Arc<tokio::sync::Notify>,
    /// URL of the hosted pages.
    pub base: String,
    pub faults: Faults,
    pub webhooks: Webhooks,
    /// Number of finalisations that will fail.
    pub failing_finalizations: u32,
    /// Draws faults of requests and webhooks. Separate from the ids, so that these stay the same.
    pub chance: Dice,
    ids: Dice,
    /// The current request, which is written into the events that it causes.
    pub request: (Option<String>, Option<String>),
}

impl State {
    pub fn new(config: Config) -> Self {
        let wall = super::clock::wall();
        let seed = config.seed;
        Self {
            now: config.clock.unwrap_or(wall),
            offset: if config.clock.is_some() { None } else { Some(0) },
            tables: BTreeMap::new(),
            usage: Vec::new(),
            identifiers: HashMap::new(),
            remembered: HashMap::new(),
            requests: VecDeque::new(),
            queue: Queue::default(),
            wake: std::sync::Arc::default(),
            base: String::new(),
            faults: config.faults.clone(),
            webhooks: config.webhooks.clone(),
            failing_finalizations: 0,
            chance: Dice::new(seed ^ 0x5eed),
            ids: Dice::new(seed),
            request: (None, None),
            config,
        }
    }

    /// A copy of the state, to try a change.
    pub fn copy(&self) -> Self {
        self.clone()
    }

    /// Replaces the state with that of a successful trial.
    pub fn adopt(&mut self, copy: Self) {
        *self = copy;
    }

    pub fn id(&mut self, prefix: &str) -> String {
        let tail: String = (0..ID_LENGTH)
            .map(|_| char::from(ALPHABET[self.ids.below(ALPHABET.len() as u64) as usize]))
            .collect();
        format!("{prefix}_{tail}")
    }

    pub fn table(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.tables.get(kind).into_iter().flat_map(|table| table.values())
    }

    /// The ids of a kind, for functions that change the table in a loop.
    pub fn ids_where(&self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        self.table(kind).filter(|object| wanted(object)).map(|object| text(object, "id")).collect()
    }

    pub fn find(&self, kind: &str, id: &str) -> Option<&Value> {
        self.tables.get(kind)?.get(id)
    }

    /// The object, or Stripe's error for the parameter that refers to it.
    pub fn get(&self, kind: &str, id: &str, param: &str) -> Result<Value, Failure> {
        self.find(kind, id).filter(|object| object["deleted"] != true).cloned().ok_or_else(|| {
            let what = if kind.contains('.') { kind } else { &kind.replace('_', " ") };
            Failure::no_such(what, id, param)
        })
    }

    /// Stores an object under its id and kind.
    pub fn put(&mut self, kind: &'static str, object: Value) -> Result<Value, Failure> {
        let table = self.tables.entry(kind).or_default();
        if table.len() >= MAX_OBJECTS {
            return Err(Failure::invalid(format!(
                "The fake holds at most {MAX_OBJECTS} objects of a kind."
            )));
        }
        table.insert(text(&object, "id"), object.clone());
        Ok(object)
    }

    /// Stores an object. If it has changed, records `{kind}.updated` with the changes.
    pub fn change(
        &mut self,
        kind: &'static str,
        event: &str,
        object: Value,
    ) -> Result<Value, Failure> {
        let before = self.find(kind, &text(&object, "id")).cloned().unwrap_or_default();
        let object = self.put(kind, object)?;
        let previous = previous(&before, &object);
        if !previous.is_empty() {
            self.emit(event, &object, Some(previous));
        }
        Ok(object)
    }

    pub fn remember_request(&mut self, line: Value) {
        if self.requests.len() == MAX_REQUESTS_REMEMBERED {
            self.requests.pop_front();
        }
        self.requests.push_back(line);
    }

    /// The object of any kind with this id, for `expand[]`.
    pub fn by_id(&self, id: &str) -> Option<&Value> {
        self.tables.values().find_map(|table| table.get(id))
    }
}

fn previous(before: &Value, after: &Value) -> Map<String, Value> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return Map::new();
    };
    let shown = |key: &str| !key.starts_with('_');
    before
        .iter()
        .filter(|(key, old)| shown(key) && after.get(*key) != Some(*old))
        .map(|(key, old)| (key.clone(), public(old)))
        .collect()
}

/// A text field. Empty if it is absent.
pub fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}

pub fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

/// A parameter, or `null` if it is absent.
pub fn or_null(params: &Value, name: &str) -> Value {
    params.get(name).cloned().unwrap_or_default()
}

/// Copies given parameters to the fields of an object.
pub fn overlay(object: &mut Value, params: &Value, fields: &[&str]) {
    for field in fields {
        if let Some(value) = params.get(*field) {
            object[*field] = value.clone();
        }
    }
}

/// Stripe merges metadata: an empty value removes a key, and an empty parameter removes all.
pub fn merge_metadata(object: &mut Value, params: &Value) {
    let Some(given) = params.get("metadata") else { return };
    let Some(given) = given.as_object() else {
        object["metadata"] = json!({});
        return;
    };
    let mut metadata = object["metadata"].as_object().cloned().unwrap_or_default();
    for (key, value) in given {
        if value == "" {
            metadata.shift_remove(key);
        } else {
            metadata.insert(key.clone(), value.clone());
        }
    }
    object["metadata"] = Value::Object(metadata);
}

/// Without the fake's internal fields, whose names start with `_`.
pub fn public(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(key, value)| (key.clone(), public(value)))
            .collect(),
        Value::Array(items) => items.iter().map(public).collect(),
        other => other.clone(),
    }
}
