//! Choices of schemas: `anyOf`, `oneOf`, subtypes, `if`.

use std::ops::Range;
use std::sync::Weak;

use serde_json::Value;

use super::{Part, Reached, Run, Scope};
use crate::schemas::budget::Over;
use crate::schemas::equal::equal;
use crate::schemas::named::{Named, Selected};
use crate::schemas::node::{Branches, Conditional, Node, Pins};
use crate::schemas::target::Target;
use crate::schemas::truth::Truth;

impl Run<'_> {
    pub(super) fn any_of(&mut self, branches: &Branches, part: Part, scope: Scope) -> Reached {
        match branches.selected(part) {
            Selected::One(index) => return self.branch(branches, index, part, scope),
            Selected::None => return Ok(Truth::No),
            Selected::Any => {}
        }
        let mut any = Truth::No;
        for index in 0..branches.nodes.len() {
            any = any.max(self.branch(branches, index, part, scope)?);
            if any == Truth::Yes {
                break;
            }
        }
        Ok(any)
    }

    pub(super) fn one_of(&mut self, branches: &Branches, part: Part, scope: Scope) -> Reached {
        match branches.selected(part) {
            Selected::One(index) => return self.branch(branches, index, part, scope),
            Selected::None => return Ok(Truth::No),
            Selected::Any => {}
        }
        let (mut certain, mut possible) = (0, 0);
        for index in 0..branches.nodes.len() {
            match self.branch(branches, index, part, scope)? {
                Truth::Yes => certain += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
            if certain > 1 {
                return Ok(Truth::No);
            }
        }
        Ok(if possible > 0 { Truth::Unknown } else { Truth::from(certain == 1) })
    }

    /// One branch, checking its constraints first.
    pub fn branch(
        &mut self,
        branches: &Branches,
        index: usize,
        part: Part,
        scope: Scope,
    ) -> Reached {
        self.budget.spend(1)?;
        let Some(node) = branches.nodes.get(index) else { return Ok(Truth::No) };
        if let Some(pins) = branches.pins.get(index)
            && self.contradicts(pins, part)?
        {
            return Ok(Truth::No);
        }
        self.truth(node, part, scope)
    }

    /// Whether a value certainly does not match the branch.
    pub fn contradicts(&mut self, pins: &Pins, part: Part) -> Result<bool, Over> {
        if pins.types.is_some_and(|types| !types.has(part.types())) {
            return Ok(true);
        }
        let Some(fields) = part.fields() else { return Ok(false) };
        for (name, values) in &pins.fixed {
            if let Some(field) = fields.get(name)
                && !self.is_one_of(values, field)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub fn is_one_of(&mut self, values: &[Value], field: &Value) -> Result<bool, Over> {
        for value in values {
            if equal(field, value, self.budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The subtype that the value names.
    pub(super) fn subtype(
        &mut self,
        subtypes: &Named<Weak<Target>>,
        part: Part,
        scope: Scope,
    ) -> Reached {
        match subtypes.subtype(part.fields()) {
            Selected::One(target) => self.referred(&target, part, scope),
            Selected::Any => Ok(Truth::Yes),
            Selected::None => Ok(Truth::No),
        }
    }

    pub(super) fn conditional(
        &mut self,
        conditional: &Conditional,
        part: Part,
        scope: Scope,
    ) -> Reached {
        let condition = self.truth(&conditional.condition, part, scope)?;
        let mut branch = |node: &Option<Node>| match node {
            Some(node) => self.truth(node, part, scope),
            None => Ok(Truth::Yes),
        };
        match condition {
            Truth::Yes => branch(&conditional.then),
            Truth::No => branch(&conditional.otherwise),
            Truth::Unknown => {
                let (then, otherwise) =
                    (branch(&conditional.then)?, branch(&conditional.otherwise)?);
                Ok(if then == otherwise { then } else { Truth::Unknown })
            }
        }
    }
}

impl Branches {
    /// The branch that the value itself names.
    pub fn selected(&self, part: Part) -> Selected<usize> {
        self.named.as_ref().map_or(Selected::Any, |named| named.selected(part.fields()))
    }

    /// The branches that may apply to the value.
    pub fn possible(&self, part: Part) -> Range<usize> {
        match self.selected(part) {
            Selected::One(index) => index..index + 1,
            Selected::Any => 0..self.nodes.len(),
            Selected::None => 0..0,
        }
    }
}
