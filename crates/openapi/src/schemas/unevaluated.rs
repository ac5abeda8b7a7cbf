//! `unevaluatedProperties` and `unevaluatedItems`: parts that no other keyword of the schema has
//! evaluated, nor any valid schema that these keywords apply.

use std::collections::HashSet;

use super::budget::Over;
use super::evaluate::{Part, Reached, Run, Scope};
use super::named::Selected;
use super::node::{Check, Node};
use super::truth::Truth;

/// The parts that were evaluated.
#[derive(Default)]
pub struct Evaluated<'v> {
    all: bool,
    /// Like [`all`](Self::all), depending on a part that cannot be read.
    perhaps_all: bool,
    names: HashSet<&'v str>,
    /// The number of first items, and further items by index.
    first: usize,
    items: HashSet<usize>,
    /// Schemas that were visited, so that none is visited twice.
    nodes: HashSet<usize>,
}

impl Evaluated<'_> {
    pub fn has_name(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }

    pub fn has_item(&self, index: usize) -> bool {
        self.all || index < self.first || self.items.contains(&index)
    }

    /// The result for an unevaluated part, if the keyword's result is `truth`.
    pub fn weigh(&self, truth: Truth) -> Truth {
        if self.perhaps_all { truth.max(Truth::Unknown) } else { truth }
    }
}

impl Run<'_> {
    pub fn unevaluated_fields(
        &mut self,
        node: &Node,
        others: &Node,
        part: Part,
        scope: Scope,
    ) -> Reached {
        let Some(fields) = part.fields() else { return Ok(Truth::Yes) };
        let evaluated = self.evaluated(node, part, scope)?;
        let mut all = Truth::Yes;
        for (_, value) in fields.iter().filter(|(name, _)| !evaluated.has_name(name)) {
            all = all.min(evaluated.weigh(self.truth(others, Part::Value(value), scope)?));
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    pub fn unevaluated_items(
        &mut self,
        node: &Node,
        others: &Node,
        part: Part,
        scope: Scope,
    ) -> Reached {
        let Some(items) = part.items() else { return Ok(Truth::Yes) };
        let evaluated = self.evaluated(node, part, scope)?;
        let mut all = Truth::Yes;
        for (_, item) in items.iter().enumerate().filter(|(index, _)| !evaluated.has_item(*index)) {
            all = all.min(evaluated.weigh(self.truth(others, Part::Value(item), scope)?));
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    /// The parts that the keywords of `node` evaluate, except its own `unevaluated…`.
    pub fn evaluated<'v>(
        &mut self,
        node: &Node,
        part: Part<'v>,
        scope: Scope,
    ) -> Result<Evaluated<'v>, Over> {
        let mut evaluated = Evaluated::default();
        self.look(node, part, scope, true, &mut evaluated)?;
        Ok(evaluated)
    }

    fn look<'v>(
        &mut self,
        node: &Node,
        part: Part<'v>,
        scope: Scope,
        is_own: bool,
        into: &mut Evaluated<'v>,
    ) -> Result<(), Over> {
        self.budget.enter()?;
        if into.nodes.insert(std::ptr::from_ref(node).addr()) {
            for check in &node.checks {
                self.budget.spend(1)?;
                self.look_at(check, part, scope, is_own, into)?;
            }
        }
        self.budget.leave();
        Ok(())
    }

    fn look_at<'v>(
        &mut self,
        check: &Check,
        part: Part<'v>,
        scope: Scope,
        is_own: bool,
        into: &mut Evaluated<'v>,
    ) -> Result<(), Over> {
        match check {
            Check::Unreadable => into.perhaps_all = true,
            Check::Fields(fields) => {
                into.all |= fields.others.is_some() && part.fields().is_some();
                into.perhaps_all |= fields.is_partly_unreadable;
                for name in part.fields().into_iter().flatten().map(|(name, _)| name) {
                    self.budget.spend(1)?;
                    let mut is_known = fields.named.contains_key(name);
                    for (pattern, _) in &fields.by_pattern {
                        match pattern.matches(name, self.budget)? {
                            Truth::Yes => is_known = true,
                            Truth::Unknown => into.perhaps_all = true,
                            Truth::No => {}
                        }
                    }
                    if is_known {
                        into.names.insert(name);
                    }
                }
            }
            Check::Items(items) => {
                into.all |= items.others.is_some() && part.items().is_some();
                into.first = into.first.max(items.first.len());
            }
            Check::Contains(contains) => {
                for (index, item) in part.items().into_iter().flatten().enumerate() {
                    match self.truth(&contains.node, Part::Value(item), scope)? {
                        Truth::Yes => _ = into.items.insert(index),
                        Truth::Unknown => into.perhaps_all = true,
                        Truth::No => {}
                    }
                }
            }
            Check::DependentSchemas(by_name) => {
                for (name, node) in by_name {
                    if part.fields().is_some_and(|fields| fields.contains_key(name)) {
                        self.look(node, part, scope, false, into)?;
                    }
                }
            }
            Check::AllOf(nodes) => {
                for node in nodes {
                    self.look(node, part, scope, false, into)?;
                }
            }
            Check::AnyOf(branches) | Check::OneOf(branches) => {
                for index in branches.possible(part) {
                    let Some(node) = branches.nodes.get(index) else { continue };
                    match self.branch(branches, index, part, scope)? {
                        Truth::Yes => self.look(node, part, scope, false, into)?,
                        Truth::Unknown => into.perhaps_all = true,
                        Truth::No => {}
                    }
                }
            }
            Check::If(conditional) => {
                let branch = match self.truth(&conditional.condition, part, scope)? {
                    Truth::Yes => {
                        self.look(&conditional.condition, part, scope, false, into)?;
                        &conditional.then
                    }
                    Truth::No => &conditional.otherwise,
                    Truth::Unknown => {
                        into.perhaps_all = true;
                        &None
                    }
                };
                if let Some(node) = branch {
                    self.look(node, part, scope, false, into)?;
                }
            }
            Check::Ref(_) | Check::DynamicRef(..) => {
                if let Some(target) = self.target(check, scope) {
                    let scope = self.enter(&target, scope);
                    self.look(target.node(self.schemas), part, scope, false, into)?;
                }
            }
            Check::Subtypes(subtypes) => {
                if let Selected::One(target) = subtypes.subtype(part.fields()) {
                    let scope = self.enter(&target, scope);
                    self.look(target.node(self.schemas), part, scope, false, into)?;
                }
            }
            Check::UnevaluatedProperties(_) if !is_own => into.all |= part.fields().is_some(),
            Check::UnevaluatedItems(_) if !is_own => into.all |= part.items().is_some(),
            _ => {}
        }
        Ok(())
    }
}
