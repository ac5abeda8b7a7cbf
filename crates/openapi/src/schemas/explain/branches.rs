//! Explains why a value matches none of several branches, or too many.

use std::sync::Weak;

use super::{Done, Explainer};
use crate::schemas::evaluate::{Part, Scope};
use crate::schemas::named::{Named, Selected};
use crate::schemas::node::Branches;
use crate::schemas::target::Target;
use crate::schemas::truth::Truth;
use crate::schemas::types::Types;

const SELECTS: &str = "This field is required: it selects one of several schemas.";

impl Explainer<'_> {
    /// No branch matches, or several match but only one is allowed to.
    pub(super) fn branches(&mut self, branches: &Branches, part: Part, scope: Scope) -> Done {
        match (branches.selected(part), &branches.named) {
            (Selected::One(index), _) => {
                return branches
                    .nodes
                    .get(index)
                    .map_or(Ok(()), |node| self.node(node, part, scope));
            }
            (Selected::None, Some(named)) => {
                self.push_unknown_name(named);
                return Ok(());
            }
            (Selected::Any, Some(named))
                if part.fields().is_some_and(|fields| !fields.contains_key(&named.property)) =>
            {
                self.push_at(Some(&named.property), "missing", SELECTS.to_owned());
                return Ok(());
            }
            _ => {}
        }
        let (mut candidates, mut named, mut fit) = (Vec::new(), Vec::new(), 0);
        for (index, pins) in branches.pins.iter().enumerate() {
            if self.run.contradicts(pins, part)? {
                continue;
            }
            candidates.push(index);
            if self.is_named(branches, index, part) {
                named.push(index);
            }
            if self.run.branch(branches, index, part, scope)? != Truth::No {
                fit += 1;
            }
        }
        if fit > 1 {
            self.push(
                "invalid_value",
                "This matches several of the allowed schemas, but must match exactly one."
                    .to_owned(),
            );
            return Ok(());
        }
        let meant = match (candidates.as_slice(), named.as_slice()) {
            ([only], _) | (_, [only]) => branches.nodes.get(*only),
            _ => None,
        };
        if let Some(node) = meant {
            let before = self.found.len();
            self.node(node, part, scope)?;
            if self.found.len() > before {
                return Ok(());
            }
        }
        self.unmeant(branches, &candidates, part);
        Ok(())
    }

    /// The subtype that the value names.
    pub(super) fn subtype(
        &mut self,
        subtypes: &Named<Weak<Target>>,
        part: Part,
        scope: Scope,
    ) -> Done {
        match subtypes.subtype(part.fields()) {
            Selected::One(target) => self.referred(&target, part, scope)?,
            Selected::None => self.push_unknown_name(subtypes),
            Selected::Any => {}
        }
        Ok(())
    }

    fn push_unknown_name<T>(&mut self, named: &Named<T>) {
        let message = format!("This must be one of {}: it selects the schema.", named.shown);
        self.push_at(Some(&named.property), "invalid_value", message);
    }

    /// Whether the value has one of the constants that distinguish the branch from others.
    fn is_named(&self, branches: &Branches, index: usize, part: Part) -> bool {
        let Some(fields) = part.fields() else { return false };
        branches
            .pins
            .get(index)
            .is_some_and(|pins| pins.fixed.iter().any(|(name, _)| fields.contains_key(name)))
    }

    /// The intended branch is unknown, so this reports which field must select it.
    fn unmeant(&mut self, branches: &Branches, candidates: &[usize], part: Part) {
        let types = branches
            .pins
            .iter()
            .map(|pins| pins.types)
            .try_fold(Types::default(), |all, types| Some(all.or(types?)));
        if let Some(types) = types.filter(|types| !types.has(part.types())) {
            self.push("invalid_type", format!("This must be of type {types}."));
            return;
        }
        let fits_type = |index: &usize| {
            branches
                .pins
                .get(*index)
                .is_some_and(|pins| pins.types.is_none_or(|types| types.has(part.types())))
        };
        let possible: Vec<usize> = (0..branches.pins.len()).filter(fits_type).collect();
        let pins = || possible.iter().filter_map(|index| branches.pins.get(*index));
        let names =
            pins().next().map(|pins| pins.fixed.iter().map(|(name, _)| name)).into_iter().flatten();
        let shared =
            |name: &&String| pins().all(|pins| pins.fixed.iter().any(|(known, _)| known == *name));
        let (Some(fields), Some(name)) =
            (part.fields(), names.into_iter().find(shared).filter(|_| possible.len() > 1))
        else {
            self.push(
                "invalid_value",
                format!("This matches none of the {} allowed schemas.", branches.nodes.len()),
            );
            return;
        };
        if fields.contains_key(name) && candidates.is_empty() {
            let mut values: Vec<String> = Vec::new();
            for value in pins()
                .flat_map(|pins| &pins.fixed)
                .filter(|(known, _)| known == name)
                .flat_map(|(_, values)| values)
            {
                let value = value.to_string();
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            self.push_at(
                Some(name),
                "invalid_value",
                format!("This must be one of {}.", values.join(", ")),
            );
        } else if fields.contains_key(name) {
            self.push(
                "invalid_value",
                format!("This matches none of the {} allowed schemas.", branches.nodes.len()),
            );
        } else {
            self.push_at(Some(name), "missing", SELECTS.to_owned());
        }
    }
}
