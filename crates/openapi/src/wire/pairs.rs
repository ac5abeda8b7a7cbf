//! The pairs of names and texts of a query, a form or a multipart body.

use std::collections::{HashMap, HashSet};

use super::brackets::{Tree, split};
use super::fault::Fault;
use super::text::decoded;

/// Maximum number of pairs that are read.
pub const MAX_PAIRS: usize = 10_000;

/// One name with its text.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    /// Decoded.
    pub name: String,
    /// As it was sent, if it is percent-encoded.
    pub raw: Option<&'a str>,
    /// Decoded.
    pub text: String,
    /// Whether its media type is JSON.
    pub is_json: bool,
}

/// All pairs, found by the name before brackets.
#[derive(Debug, Default)]
pub struct Pairs<'a> {
    all: Vec<Pair<'a>>,
    by_base: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    /// Names before brackets that belong to other parameters than an object without named fields.
    taken: HashSet<String>,
    /// Whether there are more than [`MAX_PAIRS`], of which only the first are read.
    pub are_too_many: bool,
}

impl<'a> Pairs<'a> {
    /// Of a query without `?`, or a form (WHATWG URL, `application/x-www-form-urlencoded`).
    pub fn of(encoded: &'a str) -> Self {
        let pair = |pair: &'a str| {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            Pair { name: decoded(name), raw: Some(raw), text: decoded(raw), is_json: false }
        };
        Self::of_all(encoded.split('&').filter(|pair| !pair.is_empty()).map(pair))
    }

    pub fn of_all(mut all: impl Iterator<Item = Pair<'a>>) -> Self {
        let mut pairs = Self::default();
        pairs.all.extend(all.by_ref().take(MAX_PAIRS));
        pairs.are_too_many = all.next().is_some();
        for (index, Pair { name, .. }) in pairs.all.iter().enumerate() {
            let base = split(name).0;
            pairs.by_base.entry(base.to_owned()).or_default().push(index);
            pairs.by_name.entry(name.clone()).or_default().push(index);
        }
        pairs
    }

    /// Keeps the names of parameters from objects whose fields have any name.
    pub fn without<'n>(mut self, names: impl Iterator<Item = &'n str>) -> Self {
        self.taken = names.map(|name| split(name).0.to_owned()).collect();
        self
    }

    /// The names before brackets that belong to no other parameter.
    pub fn free_bases(&self) -> impl Iterator<Item = &str> {
        self.bases().filter(|base| !self.taken.contains(*base))
    }

    /// The pairs with exactly this name.
    pub fn named(&self, name: &str) -> Vec<&Pair<'a>> {
        self.by_name.get(name).into_iter().flatten().map(|index| &self.all[*index]).collect()
    }

    /// Everything that is written as `name` or `name[…]`. `None` if there is nothing.
    ///
    /// # Errors
    /// Fails if a value and values in it are given, or if they are nested too deeply.
    pub fn tree(&self, name: &str) -> Result<Option<Tree<'_, 'a>>, Fault> {
        let base = name.strip_suffix("[]").unwrap_or(name);
        if let Some(indices) = self.by_base.get(base) {
            return Tree::of(indices.iter().map(|index| &self.all[*index])).map(Some);
        }
        let own = self.named(name);
        Ok((!own.is_empty()).then_some(Tree::Texts(own)))
    }

    /// The names before brackets, in the order of their first occurrence.
    pub fn bases(&self) -> impl Iterator<Item = &str> {
        let all = self.all.iter().map(|pair| split(&pair.name).0).enumerate();
        all.filter(|(index, base)| self.by_base[*base].first() == Some(index)).map(|(_, base)| base)
    }
}
