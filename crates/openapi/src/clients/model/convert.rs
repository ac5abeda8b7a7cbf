//! Schemas as types: what is declared, under which name.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::assemble::{Parts, Place};
use super::family::Family;
use super::shape::Shapes;
use super::tables::{components, unaliased};
use super::{Declaration, Docs, Side, Style, Type, circles, sides, weight};
use crate::clients::bounds::{MAX_TYPES, TooLarge};
use crate::clients::names::{Names, pascal};
use crate::spec::Spec;

/// Maximum nesting of a schema; deeper schemas become any value.
pub const MAX_DEPTH: usize = 100;
/// Maximum length of a name that is composed of the names around it.
const MAX_NAME: usize = 80;

/// The types of a document, and of its operations.
pub struct Models<'a> {
    pub(super) spec: &'a Spec,
    pub(super) style: Style,
    pub(super) family: Family<'a>,
    pub(super) shapes: Shapes<'a>,
    pub(super) declarations: Vec<Declaration<'a>>,
    /// Records that were written in place, by the addresses of their schemas.
    pub(super) hoisted: HashMap<(Vec<usize>, Side), usize>,
    /// How many fields were repeated in schemas that require them.
    pub(super) copied: usize,
    differing: HashSet<String>,
    /// By pointer, the declaration in each form.
    forms: HashMap<String, [Option<usize>; 4]>,
    pending: Vec<(usize, String, Form)>,
    taken: Names,
    keywords: &'static [&'static str],
    left: usize,
}

#[derive(Clone, Copy, PartialEq)]
pub struct Form {
    pub side: Side,
    /// Without the choice between its subtypes, and without the mark of one: this is what other
    /// schemas extend.
    pub is_base: bool,
}

/// The current position: its depth, and the name of a type that is created here.
#[derive(Clone)]
pub struct At {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) side: Side,
}

impl At {
    pub fn named(name: String, side: Side) -> Self {
        Self { depth: 0, name, side }
    }

    pub(super) fn deeper(&self, name: &str) -> Self {
        // Endless nesting would give endless names.
        let name = if self.name.len() > MAX_NAME {
            self.name.clone()
        } else {
            self.name.clone() + &pascal(name, "Field")
        };
        Self { depth: self.depth + 1, name, side: self.side }
    }
}

impl<'a> Models<'a> {
    /// The components of a document. No type gets a name in `reserved`; a name in `keywords` is
    /// followed by `Type`.
    ///
    /// # Errors
    /// The document describes too many relations between schemas.
    pub fn of(
        spec: &'a Spec,
        style: Style,
        reserved: &[&str],
        keywords: &'static [&'static str],
    ) -> Result<Self, TooLarge> {
        let family = Family::of(spec).ok_or(TooLarge)?;
        let differing = sides::differing(spec, &family).ok_or(TooLarge)?;
        let mut models = Self {
            spec,
            style,
            family,
            shapes: Shapes::of(spec, 4 * MAX_TYPES),
            declarations: Vec::new(),
            hoisted: HashMap::new(),
            copied: 0,
            differing,
            forms: HashMap::new(),
            pending: Vec::new(),
            taken: Names::reserving(reserved),
            keywords,
            left: MAX_TYPES,
        };
        for (_, pointer, _) in components(spec) {
            models.named(&pointer, Form { side: Side::Response, is_base: false });
        }
        models.pending.reverse();
        Ok(models)
    }

    /// All declarations that are needed.
    ///
    /// # Errors
    /// The document describes more types than a package may contain.
    pub fn finish(mut self) -> Result<Vec<Declaration<'a>>, TooLarge> {
        while let Some((index, pointer, form)) = self.pending.pop() {
            let body = self.body(&pointer, form);
            if let Some(declaration) = self.declarations.get_mut(index) {
                declaration.body = body;
            }
        }
        if self.left == 0 || self.shapes.is_cut() {
            return Err(TooLarge);
        }
        circles::cut(&mut self.declarations);
        if self.style == Style::Nominal {
            circles::unalias_bases(&mut self.declarations);
        } else {
            weight::reduce(&mut self.declarations);
        }
        Ok(self.declarations)
    }

    /// The type of a schema. `at` names the types that are created for it.
    pub fn convert(&mut self, schema: &'a Value, at: &At) -> Type<'a> {
        self.merged(&[schema], at)
    }

    /// Whether this much may still be described.
    pub(super) fn afford(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        self.left > 0
    }

    pub(super) fn declare(&mut self, name: String, docs: Docs<'a>) -> usize {
        let name = if self.keywords.contains(&name.as_str()) { name + "Type" } else { name };
        let name = self.taken.take(name);
        self.declarations.push(Declaration { name, docs, body: Type::Any });
        self.declarations.len() - 1
    }

    /// A schema by its name, however often it is referred to.
    pub(super) fn named(&mut self, pointer: &str, form: Form) -> Type<'a> {
        let side = if self.differing.contains(pointer) { form.side } else { Side::Response };
        let has_base =
            self.family.members(pointer).is_some() || !self.family.tags(pointer).is_empty();
        let form = Form { side, is_base: form.is_base && has_base };
        let slot = usize::from(form.is_base) * 2 + usize::from(side == Side::Request);
        let known = self.forms.get(pointer).and_then(|forms| forms.get(slot).copied().flatten());
        if let Some(index) = known {
            return Type::Named(index);
        }
        if !self.afford(1) {
            return Type::Any;
        }
        let Some(schema) = self.spec.root.pointer(pointer) else { return Type::Any };
        let mut name = title(pointer);
        name.push_str(if form.is_base { "Base" } else { "" });
        name.push_str(if side == Side::Request { "Input" } else { "" });
        let index = self.declare(name, Docs::of(schema));
        let forms = self.forms.entry(pointer.to_owned()).or_default();
        if let Some(known) = forms.get_mut(slot) {
            *known = Some(index);
        }
        self.pending.push((index, pointer.to_owned(), form));
        Type::Named(index)
    }

    fn body(&mut self, pointer: &str, form: Form) -> Type<'a> {
        let spec = self.spec;
        let Some(schema) = spec.root.pointer(pointer).filter(|_| self.afford(1)) else {
            return Type::Any;
        };
        let at = At::named(title(pointer), form.side);
        if !form.is_base
            && let Some(members) = self.family.members(pointer).map(<[_]>::to_vec)
        {
            let members = members.iter().map(|member| {
                if member == pointer {
                    self.itself(pointer, &at)
                } else {
                    self.named(member, Form { is_base: false, ..form })
                }
            });
            return Type::union(members.collect());
        }
        let mut parts = Parts::default();
        self.gather(schema, &mut parts, &at, 0);
        if !form.is_base && unaliased(spec, pointer.to_owned()) == pointer {
            parts.tags = self.tags(pointer, form.side);
        }
        self.assembled(parts, Vec::new(), Docs::of(schema), &at, Place::Declaration)
    }

    /// A base that is one of its own subtypes.
    fn itself(&mut self, pointer: &str, at: &At) -> Type<'a> {
        let mut parts = Parts::default();
        parts.add_base(pointer.to_owned());
        parts.tags = self.tags(pointer, at.side);
        let at = At { name: at.name.clone() + "Itself", ..at.clone() };
        self.assembled(parts, Vec::new(), Docs::default(), &at, Place::Inline)
    }
}

/// The name of a type for the last step of a pointer.
fn title(pointer: &str) -> String {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    pascal(&name.replace("~1", "/").replace("~0", "~"), "Schema")
}
