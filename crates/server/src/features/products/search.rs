//! Search over the operations of all products: an in-memory index, rebuilt when the catalogue
//! changes.

mod fold;

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

pub use fold::fold;

use tollgate_openapi::facts;
use tollgate_openapi::markdown::{clip, excerpt};
use tollgate_openapi::spec::Operation;
use tollgate_types::code::Code;
use tollgate_types::docs::{SearchHit, SearchResults};

use super::operation::title;
use super::{Product, Products};
use crate::db::Db;
use crate::{Result, offload};

/// The maximum length of a search in bytes, and in words.
const MAX_QUERY: usize = 200;
const MAX_WORDS: usize = 8;
/// Results per page.
const MAX_HITS: usize = 50;
/// Words that the last, unfinished word may stand for.
const MAX_ENDINGS: usize = 500;
/// What is indexed: operations, and bytes per description.
const MAX_ENTRIES: usize = 100_000;
const MAX_DESCRIPTION: usize = 1_000;

/// The weight of a word, by where it appears.
const NAME: u32 = 12;
const PATH: u32 = 8;
const TAG: u32 = 4;
const PRODUCT: u32 = 3;
const DESCRIPTION: u32 = 1;

#[derive(Default)]
pub struct Index {
    entries: Vec<SearchHit>,
    /// For each word, the entries that contain it, with its weight there; sorted, for prefix
    /// search.
    words: BTreeMap<Box<str>, Vec<(u32, u32)>>,
}

/// The results, best first.
///
/// # Errors
/// 503 `unavailable` if too many other searches are running.
pub async fn search(products: &Products, db: &Db, query: &str) -> Result<SearchResults> {
    let catalogue = products.catalogue(db).await;
    let query = query.get(..query.floor_char_boundary(MAX_QUERY)).unwrap_or_default().to_owned();
    // The first search after a change builds the index.
    offload::SEARCHES.run(move || catalogue.index().find(&query)).await
}

impl Index {
    pub fn of<'a>(products: impl Iterator<Item = &'a Arc<Product>>) -> Self {
        let mut index = Self::default();
        for product in products {
            index.add_product(product);
        }
        for code in Code::ALL {
            let (id, docs) = (code.as_str(), code.docs());
            let hit = SearchHit {
                href: format!("/docs/errors/{id}"),
                method: None,
                title: docs.title.to_owned(),
                product: "Errors".to_owned(),
                about: format!("{} {id}", code.status()),
                is_deprecated: false,
            };
            index.add(
                hit,
                &[
                    (id, NAME),
                    (docs.title, NAME),
                    (&code.status().to_string(), NAME),
                    (docs.meaning, DESCRIPTION),
                ],
            );
        }
        index
    }

    fn add_product(&mut self, product: &Product) {
        let view = &product.view.view;
        let tags = view.tags.join(" ");
        let about = excerpt(&view.description, MAX_DESCRIPTION);
        let hit = SearchHit {
            href: format!("/apis/{}", product.id),
            method: None,
            title: view.name.clone(),
            product: view.name.clone(),
            about: view.category.clone(),
            is_deprecated: view.status == tollgate_types::product::ProductStatus::Deprecated,
        };
        self.add(
            hit,
            &[
                (&view.name, NAME + PRODUCT),
                (&product.id, NAME),
                (&tags, TAG),
                (&view.category, TAG),
                (&about, DESCRIPTION),
            ],
        );
        let is_public = |known: &&Operation| facts::is_public(&product.spec, known);
        for operation in product.spec.operations.iter().filter(is_public) {
            let path = format!("{}{}", product.prefix(), operation.path);
            let hit = SearchHit {
                href: format!("/apis/{}/{}", product.id, operation.id),
                method: Some(operation.method.clone()),
                title: title(operation),
                product: view.name.clone(),
                about: clip(&path, MAX_QUERY),
                is_deprecated: operation.deprecated,
            };
            let texts = [
                (operation.id.as_str(), NAME),
                (&operation.summary, NAME),
                (&operation.path, PATH),
                (&operation.tags.join(" "), TAG),
                (&operation.method, TAG),
                (&view.name, PRODUCT),
                (&clip(&operation.description, MAX_DESCRIPTION), DESCRIPTION),
            ];
            self.add(hit, &texts);
        }
    }

    fn add(&mut self, hit: SearchHit, texts: &[(&str, u32)]) {
        if self.entries.len() >= MAX_ENTRIES {
            return;
        }
        let place = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.push(hit);
        let mut words: HashMap<String, u32> = HashMap::new();
        for (text, weight) in texts {
            for word in fold::words(text) {
                let known = words.entry(word).or_default();
                // Repeating a word does not make a text a better result.
                *known = (*known).max(*weight);
            }
        }
        for (word, weight) in words {
            self.words.entry(word.into()).or_default().push((place, weight));
        }
    }

    /// Entries that contain every word; of the last word, which may be unfinished, the prefix is
    /// enough.
    pub fn find(&self, query: &str) -> SearchResults {
        let folded = fold(query);
        let mut words: Vec<&str> = folded
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words.truncate(MAX_WORDS);
        let mut scores: Option<HashMap<u32, u32>> = None;
        for (i, word) in words.iter().enumerate() {
            let found = self.entries_with(word, i + 1 == words.len());
            scores = Some(match scores {
                None => found,
                Some(known) => known
                    .into_iter()
                    .filter_map(|(place, score)| Some((place, score + found.get(&place)?)))
                    .collect(),
            });
        }
        let mut ranked: Vec<(u32, u32)> = scores.unwrap_or_default().into_iter().collect();
        ranked.sort_unstable_by_key(|(place, score)| (std::cmp::Reverse(*score), *place));
        let total = ranked.len() as u64;
        let hits = ranked
            .into_iter()
            .take(MAX_HITS)
            .filter_map(|(place, _)| self.entries.get(place as usize).cloned());
        SearchResults { hits: hits.collect(), total }
    }

    fn entries_with(&self, word: &str, is_last: bool) -> HashMap<u32, u32> {
        let mut found: HashMap<u32, u32> = HashMap::new();
        let mut note = |entries: &[(u32, u32)], times: u32| {
            for (place, weight) in entries {
                let score = found.entry(*place).or_default();
                *score = (*score).max(weight * times);
            }
        };
        if let Some(entries) = self.words.get(word) {
            // The exact word weighs more than one with the same prefix.
            note(entries, 3);
        }
        if is_last {
            let endings = self
                .words
                .range::<str, _>((Bound::Included(word), Bound::Unbounded))
                .take_while(|(other, _)| other.starts_with(word));
            endings.take(MAX_ENDINGS).for_each(|(_, entries)| note(entries, 2));
        }
        found
    }
}

#[cfg(test)]
mod tests;
