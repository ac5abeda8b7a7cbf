//! Checks whether a value is valid. Results of references are remembered by schema and location in
//! the value. So the cost of choices that refer to themselves is their number times the value's
//! size, and not exponential in its depth.

mod choices;
mod part;
mod parts;
mod simple;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Weak};

use rustc_hash::FxBuildHasher;

use super::Schemas;
use super::budget::{Budget, Over};
use super::node::{Check, Node};
use super::target::Target;
use super::truth::Truth;

pub use part::Part;

pub type Reached = Result<Truth, Over>;

/// The dynamic anchors of the outer schemas. 0: none.
pub type Scope = u32;

/// One check of one value.
pub struct Run<'a> {
    pub schemas: &'a Schemas,
    pub budget: &'a mut Budget,
    remembered: HashMap<(usize, usize, Scope), Truth, FxBuildHasher>,
    /// By number minus one: the anchors that the outer schemas set, outermost first.
    scopes: Vec<Vec<(String, Weak<Target>)>>,
    entered: HashMap<(Scope, usize), Scope>,
}

impl<'a> Run<'a> {
    pub fn of(schemas: &'a Schemas, budget: &'a mut Budget) -> Self {
        Self {
            schemas,
            budget,
            remembered: HashMap::default(),
            scopes: Vec::new(),
            entered: HashMap::new(),
        }
    }

    /// The scope inside `target`. The anchors of outer schemas take precedence.
    pub fn enter(&mut self, target: &Target, outer: Scope) -> Scope {
        let anchors = target.anchors(self.schemas);
        if anchors.is_empty() {
            return outer;
        }
        let key = (outer, std::ptr::from_ref(target).addr());
        if let Some(known) = self.entered.get(&key) {
            return *known;
        }
        let mut all = self.anchors(outer).to_vec();
        let before = all.len();
        for (name, target) in anchors {
            if !all.iter().any(|(known, _)| known == name) {
                all.push((name.clone(), Weak::clone(target)));
            }
        }
        let scope = if all.len() == before {
            outer
        } else {
            self.scopes.push(all);
            Scope::try_from(self.scopes.len()).unwrap_or(outer)
        };
        self.entered.insert(key, scope);
        scope
    }

    fn anchors(&self, scope: Scope) -> &[(String, Weak<Target>)] {
        (scope as usize)
            .checked_sub(1)
            .and_then(|index| self.scopes.get(index))
            .map_or(&[], Vec::as_slice)
    }

    /// The target of a reference.
    pub fn target(&self, check: &Check, scope: Scope) -> Option<Arc<Target>> {
        match check {
            Check::Ref(target) => target.upgrade(),
            Check::DynamicRef(name, target) => {
                let outer = self.anchors(scope).iter().find(|(known, _)| known == name);
                outer.map_or(target, |(_, target)| target).upgrade()
            }
            _ => None,
        }
    }

    pub fn truth(&mut self, node: &Node, part: Part, scope: Scope) -> Reached {
        self.budget.enter()?;
        let mut all = Truth::Yes;
        for check in &node.checks {
            self.budget.spend(1)?;
            all = all.min(self.check(node, check, part, scope)?);
            if all == Truth::No {
                break;
            }
        }
        self.budget.leave();
        Ok(all)
    }

    /// Like [`truth`](Self::truth) for the target of a reference, evaluated once for each part of
    /// the value.
    pub fn referred(&mut self, target: &Arc<Target>, part: Part, scope: Scope) -> Reached {
        if !target.is_compiled() {
            self.budget.compile()?;
        }
        let scope = self.enter(target, scope);
        let key = (Arc::as_ptr(target).addr(), part.address(), scope);
        match self.remembered.entry(key) {
            Entry::Occupied(known) => return Ok(*known.get()),
            Entry::Vacant(new) => {
                self.budget.remember()?;
                // A schema that refers back to itself for the same value says nothing about it. The
                // result must not depend on a guess.
                new.insert(Truth::Unknown);
            }
        }
        let truth = self.truth(target.node(self.schemas), part, scope)?;
        self.remembered.insert(key, truth);
        Ok(truth)
    }

    pub fn check(&mut self, node: &Node, check: &Check, part: Part, scope: Scope) -> Reached {
        match check {
            Check::Fields(fields) => self.fields(fields, part, scope),
            Check::Names(names) => self.each(
                part.fields().into_iter().flatten().map(|(name, _)| Part::Name(name)),
                names,
                scope,
            ),
            Check::Items(items) => self.items(items, part, scope),
            Check::Contains(contains) => self.contains(contains, part, scope),
            Check::DependentSchemas(by_name) => self.dependent(by_name, part, scope),
            Check::AllOf(nodes) => self.all(nodes, part, scope),
            Check::AnyOf(branches) => self.any_of(branches, part, scope),
            Check::OneOf(branches) => self.one_of(branches, part, scope),
            Check::Subtypes(subtypes) => self.subtype(subtypes, part, scope),
            Check::Not(inner) => Ok(!self.truth(inner, part, scope)?),
            Check::If(conditional) => self.conditional(conditional, part, scope),
            Check::Ref(_) | Check::DynamicRef(..) => match self.target(check, scope) {
                Some(target) => self.referred(&target, part, scope),
                None => Ok(Truth::Unknown),
            },
            Check::UnevaluatedProperties(others) => {
                self.unevaluated_fields(node, others, part, scope)
            }
            Check::UnevaluatedItems(others) => self.unevaluated_items(node, others, part, scope),
            simple => self.simple(simple, part),
        }
    }
}
