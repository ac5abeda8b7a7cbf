//! Keywords that contain no schemas.

use serde_json::{Number, Value};

use super::{Part, Reached, Run};
use crate::schemas::budget::{Budget, Over};
use crate::schemas::equal::are_unique;
use crate::schemas::node::{Bound, Check, Choices, Limit};
use crate::schemas::number;
use crate::schemas::truth::Truth;

impl Run<'_> {
    /// The result of such a keyword.
    pub fn simple(&mut self, check: &Check, part: Part) -> Reached {
        let budget = &mut *self.budget;
        Ok(match check {
            Check::Never => Truth::No,
            Check::Unreadable => Truth::Unknown,
            Check::Type(types) => types.has(part.types()).into(),
            Check::Const(value) => part.equals(value, budget)?.into(),
            Check::Enum(choices) => is_choice(choices, part, budget)?.into(),
            Check::Limit(limit, number) => is_within(*limit, number, part).into(),
            Check::MultipleOf(step) => match part {
                Part::Value(Value::Number(number)) => number::is_multiple(number, step).into(),
                _ => Truth::Yes,
            },
            Check::Length(bound) => match part.text() {
                Some(text) => {
                    budget.spend((text.len() / 256) as u64)?;
                    bound.allows(text.chars().count()).into()
                }
                None => Truth::Yes,
            },
            Check::Count(bound) => {
                part.items().is_none_or(|items| bound.allows(items.len())).into()
            }
            Check::Size(bound) => {
                part.fields().is_none_or(|fields| bound.allows(fields.len())).into()
            }
            Check::Required(names) => match part.fields() {
                Some(fields) => {
                    budget.spend((names.len() / 4) as u64)?;
                    names.iter().all(|name| fields.contains_key(name)).into()
                }
                None => Truth::Yes,
            },
            Check::DependentRequired(by_name) => match part.fields() {
                Some(fields) => {
                    budget
                        .spend(by_name.iter().map(|(_, names)| 1 + names.len() as u64 / 4).sum())?;
                    by_name
                        .iter()
                        .filter(|(name, _)| fields.contains_key(name))
                        .all(|(_, names)| names.iter().all(|name| fields.contains_key(name)))
                        .into()
                }
                None => Truth::Yes,
            },
            Check::Pattern(pattern) => match part.text() {
                Some(text) => pattern.matches(text, budget)?,
                None => Truth::Yes,
            },
            Check::Format(format) => match part.text() {
                Some(text) => format.fits(text, budget)?,
                None => Truth::Yes,
            },
            Check::Unique => match part.items() {
                Some(items) => are_unique(items, budget)?.into(),
                None => Truth::Yes,
            },
            _ => Truth::Yes,
        })
    }
}

impl Bound {
    pub fn allows(self, count: usize) -> bool {
        let count = count as u64;
        self.least.is_none_or(|least| least <= count) && self.most.is_none_or(|most| count <= most)
    }
}

fn is_choice(choices: &Choices, part: Part, budget: &mut Budget) -> Result<bool, Over> {
    if let Some(text) = part.text() {
        return Ok(choices.texts.contains(text));
    }
    for value in &choices.others {
        if part.equals(value, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_within(limit: Limit, bound: &Number, part: Part) -> bool {
    let Part::Value(Value::Number(number)) = part else { return true };
    // An integer below the range of 64 bits is read as the nearest float, which is this bound.
    if number.is_f64() && limit == Limit::Minimum && bound.as_i64() == Some(i64::MIN) {
        return number.as_f64().is_none_or(|number| number > i64::MIN as f64);
    }
    number::compare(number, bound).is_none_or(|order| match limit {
        Limit::Minimum => order.is_ge(),
        Limit::Maximum => order.is_le(),
        Limit::ExclusiveMinimum => order.is_gt(),
        Limit::ExclusiveMaximum => order.is_lt(),
    })
}
