//! Values that are nested by brackets in names: `filter[size][min]=3`, `tags[]=a`,
//! `lines[0][sku]=x`.

use std::collections::HashMap;

use super::fault::Fault;
use super::pairs::Pair;
use crate::json::Step;

/// Maximum number of brackets in one name.
const MAX_DEPTH: usize = 32;

/// The values with one name.
#[derive(Debug)]
pub enum Tree<'p, 'a> {
    /// Texts without further brackets.
    Texts(Vec<&'p Pair<'a>>),
    Named(Branches<'p, 'a>),
}

/// The values in brackets, in the order of their first occurrence.
#[derive(Debug, Default)]
pub struct Branches<'p, 'a> {
    pub all: Vec<(String, Tree<'p, 'a>)>,
    by_key: HashMap<String, usize>,
}

/// `a[b][0]` becomes `a` and its keys. Brackets that are not closed are part of the name.
pub fn split(name: &str) -> (&str, Vec<&str>) {
    let whole = (name, Vec::new());
    let Some(at) = name.find('[').filter(|at| *at > 0) else { return whole };
    let mut keys = Vec::new();
    let mut rest = &name[at..];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some((key, after)) = inner.split_once(']') else { return whole };
        keys.push(key);
        rest = after;
    }
    if rest.is_empty() { (&name[..at], keys) } else { whole }
}

impl<'p, 'a> Tree<'p, 'a> {
    /// # Errors
    /// Fails if a value and values in it are given, or if they are nested too deeply.
    pub fn of(pairs: impl Iterator<Item = &'p Pair<'a>>) -> Result<Self, Fault> {
        let mut root = Self::Texts(Vec::new());
        for pair in pairs {
            let (_, keys) = split(&pair.name);
            if keys.len() > MAX_DEPTH {
                return Err(Fault::TOO_DEEP);
            }
            root.insert(&keys, pair)?;
        }
        Ok(root)
    }

    fn insert(&mut self, keys: &[&str], pair: &'p Pair<'a>) -> Result<(), Fault> {
        if let Self::Texts(texts) = self
            && texts.is_empty()
            && !keys.is_empty()
        {
            *self = Self::Named(Branches::default());
        }
        match (self, keys.split_first()) {
            (Self::Texts(texts), None) => {
                texts.push(pair);
                Ok(())
            }
            (Self::Named(branches), Some((key, rest))) => branches
                .at(key, rest)
                .insert(rest, pair)
                .map_err(|fault| fault.within(Step::Name((*key).to_owned()))),
            _ => Err(Fault::REPEATED_FIELD),
        }
    }
}

impl<'p, 'a> Branches<'p, 'a> {
    /// The value with this key, which is created if there is none. Without a key, it is a new item,
    /// or the last one if that has no value for `rest` yet, as Rails reads it.
    fn at(&mut self, key: &str, rest: &[&str]) -> &mut Tree<'p, 'a> {
        let known = if key.is_empty() {
            let last = self.all.len().checked_sub(1);
            last.filter(|last| match (&self.all[*last], rest) {
                ((key, Tree::Named(item)), [next, more @ ..]) if key.is_empty() => {
                    !more.is_empty() || (!next.is_empty() && !item.by_key.contains_key(*next))
                }
                _ => false,
            })
        } else {
            self.by_key.get(key).copied()
        };
        let index = known.unwrap_or_else(|| {
            self.all.push((key.to_owned(), Tree::Texts(Vec::new())));
            let index = self.all.len() - 1;
            if !key.is_empty() {
                self.by_key.insert(key.to_owned(), index);
            }
            index
        });
        &mut self.all[index].1
    }

    /// The items if all keys are empty or numbers, in their order; the numbers may have gaps.
    pub fn items(&self) -> Option<Vec<&Tree<'p, 'a>>> {
        let mut items = Vec::new();
        for (key, item) in &self.all {
            let index = if key.is_empty() { Some(u64::MAX) } else { key.parse().ok() };
            items.push((index?, item));
        }
        items.sort_by_key(|(index, _)| *index);
        Some(items.into_iter().map(|(_, item)| item).collect())
    }
}
