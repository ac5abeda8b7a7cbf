//! Keywords that apply schemas to the fields or items of a value, or all of their schemas to the
//! value itself.

use super::{Part, Reached, Run, Scope};
use crate::schemas::node::{Contains, Fields, Items, Node};
use crate::schemas::truth::Truth;

impl Run<'_> {
    pub(super) fn all(&mut self, nodes: &[Node], part: Part, scope: Scope) -> Reached {
        let mut all = Truth::Yes;
        for node in nodes {
            all = all.min(self.truth(node, part, scope)?);
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    pub(super) fn each<'v>(
        &mut self,
        parts: impl Iterator<Item = Part<'v>>,
        node: &Node,
        scope: Scope,
    ) -> Reached {
        let mut all = Truth::Yes;
        for part in parts {
            all = all.min(self.truth(node, part, scope)?);
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    pub(super) fn fields(&mut self, fields: &Fields, part: Part, scope: Scope) -> Reached {
        let mut all = Truth::Yes;
        for (name, value) in part.fields().into_iter().flatten() {
            self.budget.spend(1)?;
            let mut is_known = Truth::No;
            if let Some(node) = fields.named.get(name) {
                is_known = Truth::Yes;
                all = all.min(self.truth(node, Part::Value(value), scope)?);
            }
            for (pattern, node) in &fields.by_pattern {
                let matches = pattern.matches(name, self.budget)?;
                is_known = is_known.max(matches);
                if matches != Truth::No {
                    // If it is unknown whether the schema applies to this field, an error in the
                    // field is not certain.
                    all = all.min(self.truth(node, Part::Value(value), scope)?.max(!matches));
                }
            }
            if fields.is_partly_unreadable {
                is_known = is_known.max(Truth::Unknown);
            }
            if let Some(others) = fields.others.as_ref().filter(|_| is_known != Truth::Yes) {
                all = all.min(self.truth(others, Part::Value(value), scope)?.max(is_known));
            }
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    pub(super) fn items(&mut self, items: &Items, part: Part, scope: Scope) -> Reached {
        let mut all = Truth::Yes;
        for (index, item) in part.items().into_iter().flatten().enumerate() {
            let Some(node) = items.first.get(index).or(items.others.as_ref()) else { break };
            all = all.min(self.truth(node, Part::Value(item), scope)?);
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }

    pub(super) fn contains(&mut self, contains: &Contains, part: Part, scope: Scope) -> Reached {
        let Some(items) = part.items() else { return Ok(Truth::Yes) };
        let (mut certain, mut possible) = (0, 0);
        for item in items {
            match self.truth(&contains.node, Part::Value(item), scope)? {
                Truth::Yes => certain += 1,
                Truth::Unknown => possible += 1,
                Truth::No => {}
            }
            let is_enough = contains.bound.least.is_none_or(|least| certain >= least);
            if contains.bound.most.map_or(is_enough, |most| certain > most) {
                break;
            }
        }
        Ok(match contains.bound {
            bound if bound.most.is_some_and(|most| certain > most) => Truth::No,
            bound if bound.least.is_some_and(|least| certain + possible < least) => Truth::No,
            bound if bound.least.is_some_and(|least| certain < least) => Truth::Unknown,
            bound if bound.most.is_some_and(|most| certain + possible > most) => Truth::Unknown,
            _ => Truth::Yes,
        })
    }

    pub(super) fn dependent(
        &mut self,
        by_name: &[(String, Node)],
        part: Part,
        scope: Scope,
    ) -> Reached {
        let Some(fields) = part.fields() else { return Ok(Truth::Yes) };
        let mut all = Truth::Yes;
        for (name, node) in by_name {
            self.budget.spend(1)?;
            if fields.contains_key(name) {
                all = all.min(self.truth(node, part, scope)?);
            }
            if all == Truth::No {
                break;
            }
        }
        Ok(all)
    }
}
