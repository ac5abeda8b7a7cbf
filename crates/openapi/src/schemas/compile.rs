//! Compiles schemas from JSON to [`Node`]s, keyword by keyword. A keyword that cannot be read is
//! skipped and reported.

mod nested;
mod values;

use std::sync::Weak;

use serde_json::{Map, Value};

use super::node::{Check, Node};
use super::target::Target;
use super::{Schemas, named};
use crate::spec::{Family, NOT_CHECKED, join, pointer_of};

/// Maximum nesting of schemas. Documents are not read deeper.
const MAX_DEPTH: usize = 256;
const UNREADABLE_PATTERN: &str = "This is not a supported regular expression (ECMA-262).";

pub struct Compiler<'a> {
    schemas: &'a Schemas,
    /// The current location and the problems that were found. `None` if they are not needed.
    problems: Option<Vec<Problem>>,
    pointer: String,
    /// The schema of the document that is compiled. `None` if it is not a part of one.
    own: Option<&'a str>,
    /// Whether a base selects its subtypes here.
    selects: bool,
    /// Whether the next schema is `own` or an `allOf` of it.
    is_whole: bool,
}

/// A keyword that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer to the keyword.
    pub pointer: String,
    pub message: String,
}

type Keywords = Map<String, Value>;

impl Node {
    pub fn unreadable() -> Self {
        Self { checks: vec![Check::Unreadable] }
    }
}

impl<'a> Compiler<'a> {
    pub fn of(schemas: &'a Schemas) -> Self {
        Self {
            schemas,
            problems: None,
            pointer: String::new(),
            own: None,
            selects: true,
            is_whole: true,
        }
    }

    /// For the schema at `own`. If it is a base and `selects` is not set, it is a part of a
    /// subtype.
    pub fn at_place(schemas: &'a Schemas, own: &'a str, selects: bool) -> Self {
        Self { own: Some(own), selects, ..Self::of(schemas) }
    }

    /// The keywords that cannot be read in the schema at `pointer`.
    pub fn problems(schemas: &'a Schemas, schema: &Value, pointer: &str) -> Vec<Problem> {
        let mut compiler =
            Self { problems: Some(Vec::new()), pointer: pointer.to_owned(), ..Self::of(schemas) };
        compiler.node(schema, 0);
        compiler.problems.unwrap_or_default()
    }

    fn at<T>(&mut self, step: &str, make: impl FnOnce(&mut Self) -> T) -> T {
        if self.problems.is_none() {
            return make(self);
        }
        let inner = join(&self.pointer, step);
        let outer = std::mem::replace(&mut self.pointer, inner);
        let made = make(self);
        self.pointer = outer;
        made
    }

    fn refuse(&mut self, keyword: &str, message: &str) -> Check {
        if let Some(problems) = &mut self.problems {
            problems.push(Problem {
                pointer: join(&self.pointer, keyword),
                message: message.to_owned(),
            });
        }
        Check::Unreadable
    }

    pub fn node(&mut self, schema: &Value, depth: usize) -> Node {
        match schema {
            Value::Bool(true) => Node::default(),
            Value::Bool(false) => Node { checks: vec![Check::Never] },
            Value::Object(_) if depth > MAX_DEPTH => Node::unreadable(),
            Value::Object(keywords) => Node { checks: self.checks(keywords, depth) },
            _ => {
                let pointer = self.pointer.clone();
                if let Some(problems) = &mut self.problems {
                    problems.push(Problem {
                        pointer,
                        message: "A schema must be an object, `true` or `false`.".to_owned(),
                    });
                }
                Node::unreadable()
            }
        }
    }

    fn checks(&mut self, keywords: &Keywords, depth: usize) -> Vec<Check> {
        let is_whole = std::mem::take(&mut self.is_whole);
        let mut checks = Vec::new();
        for (keyword, why) in
            keywords.get(NOT_CHECKED).and_then(Value::as_object).into_iter().flatten()
        {
            checks.push(self.refuse(keyword, why.as_str().unwrap_or_default()));
        }
        self.values(keywords, &mut checks);
        self.texts(keywords, &mut checks);
        self.parts(keywords, depth, &mut checks);
        self.choices(keywords, depth, is_whole, &mut checks);
        self.references(keywords, is_whole, &mut checks);
        checks.extend(self.subtypes(keywords, is_whole));
        for (keyword, check) in [
            ("unevaluatedProperties", Check::UnevaluatedProperties as fn(Box<Node>) -> Check),
            ("unevaluatedItems", Check::UnevaluatedItems),
        ] {
            if let Some(schema) = keywords.get(keyword) {
                checks.push(check(Box::new(self.at(keyword, |own| own.node(schema, depth + 1)))));
            }
        }
        self.definitions(keywords, depth);
        checks
    }

    /// Finds problems in definitions. A check uses them only by reference.
    fn definitions(&mut self, keywords: &Keywords, depth: usize) {
        if self.problems.is_none() {
            return;
        }
        for keyword in ["$defs", "definitions"] {
            for (name, schema) in
                keywords.get(keyword).and_then(Value::as_object).into_iter().flatten()
            {
                self.at(keyword, |own| own.at(name, |own| own.node(schema, depth + 1)));
            }
        }
    }

    /// The subtypes that a discriminator selects.
    fn subtypes(&self, keywords: &Keywords, is_whole: bool) -> Option<Check> {
        keywords.get("discriminator")?;
        let root = self.schemas.root();
        let own = self.own.filter(|_| is_whole);
        let of_own = own.and_then(|own| Some((own, self.schemas.families().of_base(own)?)));
        let subtypes = match of_own {
            Some(_) if !self.selects => return None,
            Some((own, family)) => named::subtypes(self.schemas, family, own, root.pointer(own)?),
            None => {
                let family = Family::of_mapping(root, keywords, "")?;
                named::subtypes(self.schemas, &family, "", &Value::Object(keywords.clone()))
            }
        };
        Some(Check::Subtypes(Box::new(subtypes)))
    }

    fn references(&mut self, keywords: &Keywords, is_whole: bool, checks: &mut Vec<Check>) {
        if let Some(to) = keywords.get("$ref") {
            checks.push(match to.as_str().and_then(|to| self.reference(to, is_whole)) {
                Some(target) => Check::Ref(target),
                None => self.refuse("$ref", "This does not refer to a part of the document."),
            });
        }
        if let Some(to) = keywords.get("$dynamicRef") {
            checks.push(match to.as_str().and_then(|to| Some((to, self.reference(to, false)?))) {
                Some((to, target)) => match to
                    .strip_prefix('#')
                    .filter(|name| !name.starts_with('/') && self.schemas.is_dynamic(name))
                {
                    Some(name) => Check::DynamicRef(name.to_owned(), target),
                    None => Check::Ref(target),
                },
                None => {
                    self.refuse("$dynamicRef", "This does not refer to a part of the document.")
                }
            });
        }
    }

    fn reference(&self, to: &str, is_whole: bool) -> Option<Weak<Target>> {
        let pointer = pointer_of(to)?;
        if pointer.is_empty() || pointer.starts_with('/') {
            let own = self.own.filter(|_| is_whole);
            let is_base = own.is_some_and(|own| self.schemas.families().includes(own, &pointer));
            self.schemas.root().pointer(&pointer)?;
            Some(if is_base { self.schemas.base(&pointer) } else { self.schemas.target(&pointer) })
        } else {
            self.schemas.anchored(&pointer).map(|pointer| self.schemas.target(pointer))
        }
    }
}
