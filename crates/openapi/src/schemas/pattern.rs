//! Regular expressions of documents, in the syntax of ECMA-262. Most run in linear time.
//! Expressions with look-around or back-references may backtrack a limited number of times; if this
//! is not sufficient for a text, the result is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};

use regex_syntax::hir::{Class, Hir, HirKind};

use super::budget::{Budget, Over};
use super::truth::Truth;

/// Maximum size of a compiled expression.
const MAX_COMPILED: usize = 1 << 20;
/// Maximum memory of one thread's cache for one expression.
const MAX_CACHE: usize = 1 << 18;
/// Maximum number of backtracking steps for one text.
const MAX_BACKTRACKS: usize = 5_000;
/// Maximum length of a text for an expression that backtracks, because each step may read the text
/// again.
const MAX_BACKTRACKED: usize = 4_096;
/// Cost of a text for which an expression backtracks too often.
const GAVE_UP: u64 = 10_000;
/// Bytes that a small expression matches in one step.
const BYTES_PER_STEP: u64 = 16;

pub struct Pattern {
    /// As written.
    pub text: String,
    engine: Engine,
    /// The approximate number of its states.
    weight: u64,
}

enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

impl Pattern {
    /// `None` if it cannot be parsed.
    pub fn compile(text: &str) -> Option<Self> {
        if is_literal(text) {
            return None;
        }
        let translated = jsonschema_regex::to_rust_regex(text).ok()?;
        let linear = regex::RegexBuilder::new(&translated)
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_CACHE)
            .build();
        let engine = match linear {
            Ok(linear) => Engine::Linear(linear),
            Err(_) => Engine::Backtracking(
                fancy_regex::RegexBuilder::new(&translated)
                    .backtrack_limit(MAX_BACKTRACKS)
                    .delegate_size_limit(MAX_COMPILED)
                    .delegate_dfa_size_limit(MAX_CACHE)
                    .build()
                    .ok()?,
            ),
        };
        let weight = regex_syntax::parse(&translated).map_or(text.len() as u64, |hir| weight(&hir));
        Some(Self { text: text.to_owned(), engine, weight })
    }

    pub fn matches(&self, text: &str, budget: &mut Budget) -> Result<Truth, Over> {
        let length = text.len() as u64;
        match &self.engine {
            Engine::Linear(regex) => {
                budget.spend(1 + length.saturating_mul(1 + self.weight / 64) / BYTES_PER_STEP)?;
                // https://github.com/rust-lang/regex/issues/1344
                let matched = catch_unwind(AssertUnwindSafe(|| regex.is_match(text)));
                Ok(matched.map_or(Truth::Unknown, Truth::from))
            }
            Engine::Backtracking(_) if text.len() > MAX_BACKTRACKED => {
                budget.give_up();
                Ok(Truth::Unknown)
            }
            Engine::Backtracking(regex) => {
                budget.spend(16 + length)?;
                match catch_unwind(AssertUnwindSafe(|| regex.is_match(text))) {
                    Ok(Ok(matched)) => Ok(matched.into()),
                    _ => {
                        budget.give_up();
                        budget.spend(GAVE_UP)?;
                        Ok(Truth::Unknown)
                    }
                }
            }
        }
    }
}

/// Whether a text is a regular expression, whatever its size. Takes time in proportion to its
/// length.
pub fn is_readable(text: &str) -> bool {
    !is_literal(text)
        && jsonschema_regex::to_rust_regex(text).is_ok_and(|translated| {
            regex_syntax::ast::parse::Parser::new().parse(&translated).is_ok()
                || fancy_regex::Expr::parse_tree(&translated).is_ok()
        })
}

/// `/^a$/i` is a literal of a program. As an expression, it would match no text.
fn is_literal(pattern: &str) -> bool {
    pattern
        .strip_prefix("/^")
        .and_then(|rest| rest.rsplit_once('/'))
        .is_some_and(|(_, flags)| flags.bytes().all(|flag| flag.is_ascii_lowercase()))
}

fn weight(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() as u64,
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            weight(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => weight(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(weight).fold(0, u64::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> Truth {
        Pattern::compile(pattern)
            .unwrap_or_else(|| panic!("{pattern}"))
            .matches(text, &mut Budget::of_bytes(text.len()))
            .expect(pattern)
    }

    #[test]
    fn an_expression_that_goes_back_without_end_says_nothing_and_costs_little() {
        for pattern in [
            "^(?=(a+)+$)b",
            "^(a+)+(?!a)$",
            "^(([a-z])+.)+[A-Z](?!b)([a-z])+$",
            r"^(a?){40}(?=b)a{40}$",
            r"^(a|aa)+\1$",
        ] {
            let text = "a".repeat(60) + "!";
            let mut budget = Budget::of_bytes(text.len());
            let pattern = Pattern::compile(pattern).unwrap_or_else(|| panic!("{pattern}"));
            let mut tries = 0;
            while pattern.matches(&text, &mut budget).is_ok() && tries < 10_000 {
                tries += 1;
            }
            assert!(
                budget.spent() > 50_000,
                "{}: {tries} tries for {}",
                pattern.text,
                budget.spent()
            );
        }
    }

    #[test]
    fn expressions_are_read_as_javascript_reads_them() {
        assert_eq!(matches("^\\d+$", "12"), Truth::Yes);
        assert_eq!(matches("^\\d+$", "१२"), Truth::No);
        assert_eq!(matches("^a(?=b)", "ab"), Truth::Yes);
        assert_eq!(matches("^(.)\\1$", "aa"), Truth::Yes);
        assert_eq!(matches("^(.)\\1$", "ab"), Truth::No);
        assert_eq!(matches("^(?=.*[a-z])(?=.*\\d).{4,}$", "abc1"), Truth::Yes);
        for unreadable in ["(?<", "[", "a{3000000000}", "/^a$/i", "(?:a{1000}){1000}"] {
            assert!(Pattern::compile(unreadable).is_none(), "{unreadable}");
        }
    }

    #[test]
    fn an_expression_that_is_only_too_large_is_readable() {
        for readable in ["^\\d+$", "^a(?=b)", "(?:a{1000}){1000}", "^(.)\\1$", "^[^/]*$"] {
            assert!(is_readable(readable), "{readable}");
        }
        for unreadable in ["(?<", "[", "/^a$/i", "*a", "a)"] {
            assert!(!is_readable(unreadable), "{unreadable}");
        }
    }
}
