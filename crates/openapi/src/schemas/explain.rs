//! Explains why a value is not valid: each error with its location and, for choices, only the
//! errors of the intended branch. Messages never contain the value itself, which may be secret.

mod branches;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::budget::Over;
use super::evaluate::{Part, Run, Scope};
use super::node::{Bound, Check, Fields, Limit, Node};
use super::target::Target;
use super::truth::Truth;
use crate::json::{self, Step};

/// Maximum number of errors that are reported for one value.
pub const MAX_FINDINGS: usize = 32;
/// Maximum length of a message.
const MAX_MESSAGE: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The path from the value to the error.
    pub path: Vec<Step>,
    /// `missing`, `invalid_type`, …
    pub code: &'static str,
    pub message: String,
}

impl Finding {
    /// Its location as a JSON pointer.
    pub fn pointer(&self) -> String {
        json::pointer(&self.path)
    }
}

pub struct Explainer<'a> {
    run: Run<'a>,
    at: Vec<Step>,
    found: Vec<Finding>,
    /// References that were explained, each with its part of the value.
    done: HashSet<(usize, usize)>,
}

type Done = Result<(), Over>;

impl<'a> Explainer<'a> {
    /// The errors of an invalid value. There is at least one.
    pub fn explain(run: Run<'a>, target: &Arc<Target>, value: &Value) -> Vec<Finding> {
        let mut own = Self { run, at: Vec::new(), found: Vec::new(), done: HashSet::new() };
        // The errors that were found before the budget was exceeded are reported.
        _ = own.referred(target, Part::Value(value), 0);
        if own.found.is_empty() {
            own.at.clear();
            own.push("invalid_value", "This does not match its schema.".to_owned());
        }
        own.found
    }

    fn push(&mut self, code: &'static str, message: String) {
        self.push_at(None, code, message);
    }

    fn push_at(&mut self, name: Option<&str>, code: &'static str, message: String) {
        let mut path = self.at.clone();
        path.extend(name.map(|name| Step::Name(name.to_owned())));
        let finding = Finding { path, code, message: message.chars().take(MAX_MESSAGE).collect() };
        if self.found.len() < MAX_FINDINGS && !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    fn within(&mut self, step: Step, explain: impl FnOnce(&mut Self) -> Done) -> Done {
        if self.found.len() >= MAX_FINDINGS {
            return Ok(());
        }
        self.at.push(step);
        explain(self)?;
        self.at.pop();
        Ok(())
    }

    fn node(&mut self, node: &Node, part: Part, scope: Scope) -> Done {
        self.run.budget.enter()?;
        for check in &node.checks {
            self.run.budget.spend(1)?;
            if self.found.len() >= MAX_FINDINGS {
                break;
            }
            self.check(node, check, part, scope)?;
        }
        self.run.budget.leave();
        Ok(())
    }

    fn referred(&mut self, target: &Arc<Target>, part: Part, scope: Scope) -> Done {
        if !self.done.insert((Arc::as_ptr(target).addr(), part.address())) {
            return Ok(());
        }
        let scope = self.run.enter(target, scope);
        self.node(target.node(self.run.schemas), part, scope)
    }

    fn check(&mut self, node: &Node, check: &Check, part: Part, scope: Scope) -> Done {
        match check {
            Check::Fields(fields) => self.fields(fields, part, scope)?,
            Check::Names(names) => {
                for (name, _) in part.fields().into_iter().flatten() {
                    if self.run.truth(names, Part::Name(name), scope)? == Truth::No {
                        self.push_at(
                            Some(name),
                            "invalid_value",
                            "A field with this name is not allowed here.".to_owned(),
                        );
                    }
                }
            }
            Check::Items(items) => {
                for (index, item) in part.items().into_iter().flatten().enumerate() {
                    let Some(node) = items.first.get(index).or(items.others.as_ref()) else {
                        break;
                    };
                    self.within(Step::Index(index), |own| {
                        own.node(node, Part::Value(item), scope)
                    })?;
                }
            }
            Check::Contains(contains) => {
                if self.truth(check, node, part, scope)? == Truth::No {
                    let bound = contains.bound;
                    self.push(
                        "invalid_value",
                        format!(
                            "The number of items that match the schema `contains` must be {}.",
                            spoken(bound)
                        ),
                    );
                }
            }
            Check::DependentSchemas(by_name) => {
                for (_, node) in by_name.iter().filter(|(name, _)| {
                    part.fields().is_some_and(|fields| fields.contains_key(name))
                }) {
                    self.node(node, part, scope)?;
                }
            }
            Check::AllOf(nodes) => {
                for node in nodes {
                    self.node(node, part, scope)?;
                }
            }
            Check::AnyOf(branches) | Check::OneOf(branches) => {
                if self.truth(check, node, part, scope)? == Truth::No {
                    self.branches(branches, part, scope)?;
                }
            }
            Check::Subtypes(subtypes) => self.subtype(subtypes, part, scope)?,
            Check::Not(_) => {
                if self.truth(check, node, part, scope)? == Truth::No {
                    self.push(
                        "invalid_value",
                        "This matches a schema that it must not match.".to_owned(),
                    );
                }
            }
            Check::If(conditional) => {
                let branch = match self.run.truth(&conditional.condition, part, scope)? {
                    Truth::Yes => &conditional.then,
                    Truth::No => &conditional.otherwise,
                    Truth::Unknown => &None,
                };
                if let Some(branch) = branch {
                    self.node(branch, part, scope)?;
                }
            }
            Check::Ref(_) | Check::DynamicRef(..) => {
                if let Some(target) = self.run.target(check, scope) {
                    self.referred(&target, part, scope)?;
                }
            }
            Check::UnevaluatedProperties(others) => {
                let evaluated = self.run.evaluated(node, part, scope)?;
                for (name, value) in part
                    .fields()
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| !evaluated.has_name(name))
                {
                    self.other(others, name, value, scope)?;
                }
            }
            Check::UnevaluatedItems(others) => {
                let evaluated = self.run.evaluated(node, part, scope)?;
                for (index, item) in part
                    .items()
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .filter(|(index, _)| !evaluated.has_item(*index))
                {
                    self.within(Step::Index(index), |own| {
                        own.node(others, Part::Value(item), scope)
                    })?;
                }
            }
            simple => {
                if self.run.simple(simple, part)? == Truth::No {
                    self.simple(simple, part);
                }
            }
        }
        Ok(())
    }

    /// The errors of one keyword.
    fn truth(
        &mut self,
        check: &Check,
        node: &Node,
        part: Part,
        scope: Scope,
    ) -> Result<Truth, Over> {
        self.run.check(node, check, part, scope)
    }

    fn fields(&mut self, fields: &Fields, part: Part, scope: Scope) -> Done {
        for (name, value) in part.fields().into_iter().flatten() {
            self.run.budget.spend(1)?;
            let mut is_known = Truth::No;
            if let Some(node) = fields.named.get(name) {
                is_known = Truth::Yes;
                self.within(Step::Name(name.clone()), |own| {
                    own.node(node, Part::Value(value), scope)
                })?;
            }
            for (pattern, node) in &fields.by_pattern {
                let matches = pattern.matches(name, self.run.budget)?;
                is_known = is_known.max(matches);
                if matches == Truth::Yes {
                    self.within(Step::Name(name.clone()), |own| {
                        own.node(node, Part::Value(value), scope)
                    })?;
                }
            }
            if let Some(others) = fields
                .others
                .as_ref()
                .filter(|_| is_known == Truth::No && !fields.is_partly_unreadable)
            {
                self.other(others, name, value, scope)?;
            }
        }
        Ok(())
    }

    fn other(&mut self, others: &Node, name: &str, value: &Value, scope: Scope) -> Done {
        if others.checks.iter().any(|check| matches!(check, Check::Never)) {
            self.push_at(Some(name), "unknown_field", "This field is not allowed here.".to_owned());
            return Ok(());
        }
        self.within(Step::Name(name.to_owned()), |own| own.node(others, Part::Value(value), scope))
    }

    fn simple(&mut self, check: &Check, part: Part) {
        let (code, message) = match check {
            Check::Type(types) => ("invalid_type", format!("This must be of type {types}.")),
            Check::Const(value) => ("invalid_value", format!("This must be {value}.")),
            Check::Enum(choices) => {
                ("invalid_value", format!("This must be one of {}.", choices.shown))
            }
            Check::Limit(Limit::Minimum, limit) => {
                ("out_of_range", format!("This must be at least {limit}."))
            }
            Check::Limit(Limit::Maximum, limit) => {
                ("out_of_range", format!("This must be at most {limit}."))
            }
            Check::Limit(Limit::ExclusiveMinimum, limit) => {
                ("out_of_range", format!("This must be more than {limit}."))
            }
            Check::Limit(Limit::ExclusiveMaximum, limit) => {
                ("out_of_range", format!("This must be less than {limit}."))
            }
            Check::MultipleOf(step) => {
                ("invalid_value", format!("This must be a multiple of {step}."))
            }
            Check::Length(bound) => {
                ("out_of_range", format!("The number of characters must be {}.", spoken(*bound)))
            }
            Check::Count(bound) => {
                ("out_of_range", format!("The number of items must be {}.", spoken(*bound)))
            }
            Check::Size(bound) => {
                ("out_of_range", format!("The number of fields must be {}.", spoken(*bound)))
            }
            Check::Pattern(pattern) => {
                ("invalid_format", format!("This must match `{}`.", pattern.text))
            }
            Check::Format(format) => {
                ("invalid_format", format!("This must have the format `{}`.", format.name))
            }
            Check::Unique => ("invalid_value", "Items must be unique.".to_owned()),
            Check::Required(names) => return self.missing(names, part, "This field is required."),
            Check::DependentRequired(by_name) => {
                for (name, names) in by_name.iter().filter(|(name, _)| {
                    part.fields().is_some_and(|fields| fields.contains_key(name))
                }) {
                    self.missing(
                        names,
                        part,
                        &format!("This field is required if `{name}` is set."),
                    );
                }
                return;
            }
            _ => ("invalid_value", "No value is allowed here.".to_owned()),
        };
        self.push(code, message);
    }

    fn missing(&mut self, names: &[String], part: Part, message: &str) {
        let Some(fields) = part.fields() else { return };
        for name in names.iter().filter(|name| !fields.contains_key(*name)).take(MAX_FINDINGS) {
            self.push_at(Some(name), "missing", message.to_owned());
        }
    }
}

/// `at least 1 and at most 3`.
fn spoken(bound: Bound) -> String {
    match bound {
        Bound { least: Some(least), most: Some(most) } if least == most => format!("{least}"),
        Bound { least: Some(least), most: Some(most) } => {
            format!("at least {least} and at most {most}")
        }
        Bound { least: Some(least), most: None } => format!("at least {least}"),
        Bound { least: None, most: Some(most) } => format!("at most {most}"),
        Bound { least: None, most: None } => "any".to_owned(),
    }
}
