//! Compiles keywords without schemas in them.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::{Compiler, Keywords, UNREADABLE_PATTERN};
use crate::schemas::format::Format;
use crate::schemas::node::{Bound, Check, Choices, Limit};
use crate::schemas::number;
use crate::schemas::range::range_of;
use crate::schemas::types::Types;

/// Maximum number of values of an `enum` in a message.
const SHOWN: usize = 20;

/// A limit that is a whole number, written as `3` or `3.0`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked before; a cast saturates"
)]
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        value
            .as_f64()
            .filter(|count| *count >= 0.0 && count.fract() == 0.0)
            .map(|count| count as u64)
    })
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

impl Compiler<'_> {
    pub(super) fn values(&mut self, keywords: &Keywords, checks: &mut Vec<Check>) {
        if let Some(types) = keywords.get("type") {
            let unknown =
                "This is not a type. Use null, boolean, integer, number, string, array or object.";
            checks
                .push(Types::read(types).map_or_else(|| self.refuse("type", unknown), Check::Type));
        }
        if let Some(value) = keywords.get("const") {
            checks.push(Check::Const(value.clone()));
        }
        if let Some(values) = keywords.get("enum") {
            checks.push(match values.as_array() {
                Some(values) => Check::Enum(Box::new(choices(values))),
                None => self.refuse("enum", "This must be a list of values."),
            });
        }
        for (keyword, limit) in [
            ("minimum", Limit::Minimum),
            ("maximum", Limit::Maximum),
            ("exclusiveMinimum", Limit::ExclusiveMinimum),
            ("exclusiveMaximum", Limit::ExclusiveMaximum),
        ] {
            if let Some(value) = keywords.get(keyword) {
                checks.push(match value.as_number() {
                    Some(number) => Check::Limit(limit, number.clone()),
                    None => self.refuse(keyword, "This must be a number."),
                });
            }
        }
        if let Some(step) = keywords.get("multipleOf") {
            checks.push(
                match step.as_number().filter(|step| step.as_f64().is_some_and(|step| step > 0.0)) {
                    Some(step) => Check::MultipleOf(step.clone()),
                    None => self.refuse("multipleOf", "This must be a number above 0."),
                },
            );
        }
        for (least, most, check) in [
            ("minLength", "maxLength", Check::Length as fn(Bound) -> Check),
            ("minItems", "maxItems", Check::Count),
            ("minProperties", "maxProperties", Check::Size),
        ] {
            let bound = self.bound(keywords, least, most, checks);
            if bound != Bound::default() {
                checks.push(check(bound));
            }
        }
    }

    pub(super) fn bound(
        &mut self,
        keywords: &Keywords,
        least: &str,
        most: &str,
        checks: &mut Vec<Check>,
    ) -> Bound {
        let mut read = |keyword: &str| {
            let value = keywords.get(keyword)?;
            let read = count(value);
            if read.is_none() {
                checks.push(self.refuse(keyword, "This must be a whole number of 0 or more."));
            }
            read
        };
        Bound { least: read(least), most: read(most) }
    }

    pub(super) fn texts(&mut self, keywords: &Keywords, checks: &mut Vec<Check>) {
        if let Some(names) = keywords.get("required") {
            match texts(names) {
                Some(names) if names.is_empty() => {}
                Some(names) => checks.push(Check::Required(names)),
                None => {
                    checks.push(self.refuse("required", "This must be a list of property names."))
                }
            }
        }
        // `dependencies` is the name of both keywords in older drafts.
        for keyword in ["dependentRequired", "dependencies"] {
            let Some(by_name) = keywords.get(keyword) else { continue };
            let Some(by_name) = by_name.as_object() else {
                checks.push(self.refuse(keyword, "This must be an object of property names."));
                continue;
            };
            let lists: Option<Vec<(String, Vec<String>)>> = by_name
                .iter()
                .filter(|(_, names)| keyword == "dependentRequired" || names.is_array())
                .map(|(name, names)| Some((name.clone(), texts(names)?)))
                .collect();
            checks.push(match lists {
                Some(lists) => Check::DependentRequired(lists),
                None => self.refuse(keyword, "This must be an object of lists of property names."),
            });
        }
        if let Some(pattern) = keywords.get("pattern") {
            let compiled = pattern.as_str().and_then(|pattern| self.schemas.pattern(pattern));
            checks.push(
                compiled.map_or_else(|| self.refuse("pattern", UNREADABLE_PATTERN), Check::Pattern),
            );
        }
        if let Some(format) = keywords.get("format") {
            match format.as_str() {
                Some(name) => {
                    checks.extend(Format::named(name).map(Check::Format));
                    range(name, keywords, checks);
                }
                None => checks.push(self.refuse("format", "This must be a string.")),
            }
        }
        match keywords.get("uniqueItems") {
            Some(Value::Bool(true)) => checks.push(Check::Unique),
            None | Some(Value::Bool(false)) => {}
            Some(_) => checks.push(self.refuse("uniqueItems", "This must be `true` or `false`.")),
        }
    }
}

/// The range of a numeric format, where the schema has no narrower limit.
fn range(format: &str, keywords: &Keywords, checks: &mut Vec<Check>) {
    let Some((least, most)) = range_of(format) else { return };
    for (keyword, limit, bound, is_wider) in [
        ("minimum", Limit::Minimum, least, Ordering::Less),
        ("maximum", Limit::Maximum, most, Ordering::Greater),
    ] {
        let own = keywords.get(keyword).and_then(Value::as_number);
        if own.is_none_or(|own| number::compare(own, &bound) == Some(is_wider)) {
            checks.push(Check::Limit(limit, bound));
        }
    }
}

fn choices(values: &[Value]) -> Choices {
    let texts: HashSet<String> =
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let shown: Vec<String> = values.iter().take(SHOWN).map(Value::to_string).collect();
    let more = values.len().saturating_sub(SHOWN);
    let mut shown = shown.join(", ");
    if more > 0 {
        shown.push_str(&format!(" and {more} more"));
    }
    Choices {
        texts,
        others: values.iter().filter(|value| !value.is_string()).cloned().collect(),
        shown,
    }
}
