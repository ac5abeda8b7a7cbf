//! A document's schemas, compiled when they are first used. Checks whether a value is valid and
//! what is wrong with it, at a bounded cost: `docs/decisions/0007-our-own-validator.md`.

mod budget;
mod choose;
mod compile;
mod direction;
mod equal;
mod evaluate;
mod explain;
mod format;
mod named;
mod node;
mod number;
mod pattern;
mod range;
mod target;
mod task;
mod truth;
mod types;
mod unevaluated;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use serde_json::Value;

pub use budget::Budget;
use compile::Compiler;
pub use compile::Problem;
pub use direction::Direction;
use evaluate::{Part, Run};
use explain::Explainer;
pub use explain::{Finding, MAX_FINDINGS};
pub use format::is_format_checked;
use pattern::Pattern;
pub use pattern::is_readable as is_pattern_readable;
pub use range::range_of;
use target::{Source, Target};
use task::within_budget;
pub use task::{STACK, with_budget, within_task};
use truth::Truth;

pub use crate::json::Step;
use crate::spec::{Families, Spec, all_schemas_in};

/// Maximum number of compiled schemas that are kept and are not part of the document.
const MAX_COMPILED: usize = 256;
/// Maximum number of regular expressions that are kept for one document.
const MAX_PATTERNS: usize = 10_000;
/// Maximum number of problems that are reported for one document.
pub const MAX_PROBLEMS: usize = 100;

/// The result of checking a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Valid,
    /// With at least one finding.
    Invalid(Vec<Finding>),
    Unsaid(Unsaid),
}

/// Why a value was not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// The result depends on a part of the schema that cannot be read.
    Unreadable,
    /// The check would exceed the budget of one check.
    OverBudget,
}

pub struct Schemas {
    spec: Arc<Spec>,
    /// The document as it applies in this direction, if it differs.
    relaxed: Option<Value>,
    direction: Direction,
    /// The schemas of operations, by their address in `spec`, which is never moved.
    own: HashMap<usize, OnceLock<Arc<Target>>>,
    /// Other schemas, by their text.
    others: Cache<String, Arc<Target>>,
    /// The targets of references, by pointer. Each is kept as long as this value, so references to
    /// it are weak.
    targets: Mutex<HashMap<String, Arc<Target>>>,
    kept: Mutex<Vec<Arc<Target>>>,
    patterns: Mutex<HashMap<String, Option<Arc<Pattern>>>>,
    anchors: OnceLock<Anchors>,
    families: OnceLock<Families>,
}

#[derive(Default)]
struct Anchors {
    /// `$anchor` and `$dynamicAnchor`. If a name occurs several times, the first one counts.
    places: HashMap<String, String>,
    dynamic: HashSet<String>,
    has_references: bool,
}

impl Schemas {
    /// A `writeOnly` field is not required in a response, even if the schema requires it.
    pub fn of_responses(spec: Arc<Spec>) -> Self {
        Self::of(spec, Direction::Answer)
    }

    /// A `readOnly` field is not required in a request, even if the schema requires it.
    pub fn of_requests(spec: Arc<Spec>) -> Self {
        Self::of(spec, Direction::Request)
    }

    fn of(spec: Arc<Spec>, direction: Direction) -> Self {
        let relaxed = direction.adapted(&spec.root);
        let own = spec.operations.iter().flat_map(|operation| {
            let parameters = operation.parameters.iter().map(|parameter| &parameter.schema);
            let bodies =
                operation.body.iter().flat_map(|body| &body.content).map(|media| &media.schema);
            let answers = operation
                .responses
                .iter()
                .flat_map(|response| &response.content)
                .map(|media| &media.schema);
            let headers = operation
                .responses
                .iter()
                .flat_map(|response| &response.headers)
                .map(|header| &header.schema);
            parameters.chain(bodies).chain(answers).chain(headers)
        });
        let own = own.map(|schema| (std::ptr::from_ref(schema).addr(), OnceLock::new())).collect();
        Self {
            spec,
            relaxed,
            direction,
            own,
            others: Cache::new(MAX_COMPILED),
            targets: Mutex::default(),
            kept: Mutex::default(),
            patterns: Mutex::default(),
            anchors: OnceLock::new(),
            families: OnceLock::new(),
        }
    }

    pub fn direction(&self) -> Direction {
        self.direction
    }

    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The document that `$ref`s point into.
    pub fn root(&self) -> &Value {
        self.relaxed.as_ref().unwrap_or(&self.spec.root)
    }

    /// Checks `value`. All checks of one task share its budget ([`with_budget`]), so that their
    /// total cost is bounded.
    pub fn verdict(&self, schema: &Value, value: &Value) -> Verdict {
        within_budget(|budget| self.verdict_within(schema, value, budget))
            .unwrap_or(Verdict::Unsaid(Unsaid::OverBudget))
    }

    pub fn verdict_within(&self, schema: &Value, value: &Value, budget: &mut Budget) -> Verdict {
        let target = self.compiled(schema);
        match Run::of(self, budget).referred(&target, Part::Value(value), 0) {
            Ok(Truth::Yes) => Verdict::Valid,
            Ok(Truth::Unknown) if budget.gave_up() => Verdict::Unsaid(Unsaid::OverBudget),
            Ok(Truth::Unknown) => Verdict::Unsaid(Unsaid::Unreadable),
            Err(budget::Over) => Verdict::Unsaid(Unsaid::OverBudget),
            Ok(Truth::No) => {
                let mut budget = budget.again();
                Verdict::Invalid(Explainer::explain(Run::of(self, &mut budget), &target, value))
            }
        }
    }

    /// Whether no error is found in `value`.
    pub fn accepts(&self, schema: &Value, value: &Value) -> bool {
        within_budget(|budget| !matches!(self.truth(schema, value, budget), Ok(Truth::No)))
            .unwrap_or(true)
    }

    fn truth(&self, schema: &Value, value: &Value, budget: &mut Budget) -> evaluate::Reached {
        let target = self.compiled(schema);
        Run::of(self, budget).referred(&target, Part::Value(value), 0)
    }

    /// The errors in `value`. Empty if it is valid or cannot be checked.
    pub fn findings(&self, schema: &Value, value: &Value) -> Vec<Finding> {
        match self.verdict(schema, value) {
            Verdict::Invalid(findings) => findings,
            _ => Vec::new(),
        }
    }

    /// Whether `text` may match. An expression that cannot be read matches everything.
    pub fn matches(&self, pattern: &str, text: &str) -> bool {
        let Some(pattern) = self.pattern(pattern) else { return true };
        within_budget(|budget| pattern.matches(text, budget) != Ok(Truth::No)).unwrap_or(true)
    }

    /// Keywords of the document's schemas that cannot be read. Parts that depend on them are not
    /// checked.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        // The outermost schemas. The schemas in them are compiled with them.
        let mut outer: Option<String> = None;
        all_schemas_in(self.root(), &mut |schema, pointer| {
            let is_inner = outer.as_ref().is_some_and(|outer| {
                pointer.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            if is_inner || problems.len() >= MAX_PROBLEMS {
                return;
            }
            outer = Some(pointer.to_owned());
            problems.extend(Compiler::problems(self, schema, pointer));
        });
        problems.truncate(MAX_PROBLEMS);
        problems
    }

    fn compiled(&self, schema: &Value) -> Arc<Target> {
        if let Some(own) = self.own.get(&std::ptr::from_ref(schema).addr()) {
            return Arc::clone(own.get_or_init(|| self.inline(schema)));
        }
        let key = schema.to_string();
        if let Some(known) = self.others.get(&key) {
            return known;
        }
        let target = self.inline(schema);
        self.others.insert(key, Arc::clone(&target));
        target
    }

    fn inline(&self, schema: &Value) -> Arc<Target> {
        let schema = self.direction.adapted_schema(self.root(), schema);
        Arc::new(Target::new(Source::Inline(schema)))
    }

    fn target(&self, pointer: &str) -> Weak<Target> {
        self.kept_target(pointer.to_owned(), || Source::Place(pointer.to_owned()))
    }

    /// A base as a part of its subtypes: it selects none of them.
    fn base(&self, pointer: &str) -> Weak<Target> {
        // No pointer to a schema starts like this.
        self.kept_target(format!("base {pointer}"), || Source::Base(pointer.to_owned()))
    }

    fn kept_target(&self, key: String, source: impl FnOnce() -> Source) -> Weak<Target> {
        let mut targets = self.targets.lock();
        let target = targets.entry(key).or_insert_with(|| Arc::new(Target::new(source())));
        Arc::downgrade(target)
    }

    /// The bases of the document with their subtypes.
    pub fn families(&self) -> &Families {
        self.families.get_or_init(|| Families::of(self.root()))
    }

    /// The schema is not part of a document.
    fn keep(&self, schema: Value) -> Weak<Target> {
        let target = Arc::new(Target::new(Source::Inline(schema)));
        let weak = Arc::downgrade(&target);
        let mut kept = self.kept.lock();
        if kept.len() < MAX_COMPILED {
            kept.push(target);
        }
        weak
    }

    fn pattern(&self, text: &str) -> Option<Arc<Pattern>> {
        if let Some(known) = self.patterns.lock().get(text) {
            return known.clone();
        }
        let compiled = Pattern::compile(text).map(Arc::new);
        let mut patterns = self.patterns.lock();
        if patterns.len() < MAX_PATTERNS {
            patterns.insert(text.to_owned(), compiled.clone());
        }
        compiled
    }

    fn anchors(&self) -> &Anchors {
        self.anchors.get_or_init(|| {
            let mut anchors = Anchors::default();
            all_schemas_in(self.root(), &mut |schema, pointer| {
                anchors.has_references |= schema.get("$dynamicRef").is_some();
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    let Some(name) = schema.get(keyword).and_then(Value::as_str) else { continue };
                    anchors.places.entry(name.to_owned()).or_insert_with(|| pointer.to_owned());
                    if keyword == "$dynamicAnchor" {
                        anchors.dynamic.insert(name.to_owned());
                    }
                }
            });
            anchors
        })
    }

    fn anchored(&self, name: &str) -> Option<&str> {
        self.anchors().places.get(name).map(String::as_str)
    }

    fn is_dynamic(&self, name: &str) -> bool {
        self.anchors().dynamic.contains(name)
    }

    fn has_dynamic_references(&self) -> bool {
        self.anchors().has_references
    }
}
