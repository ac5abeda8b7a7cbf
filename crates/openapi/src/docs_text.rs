//! The documentation as Markdown, for programs: one document for each page, and `llms.txt`.

mod lists;
mod page;
mod parts;
mod schema;

use std::fmt::Write;

pub use page::{operation_markdown, schema_markdown, webhook_markdown};
use tollgate_types::docs::{schema_page, webhook_page};

use crate::facts;
use crate::markdown::{clip, excerpt};
use crate::spec::{Operation, Spec};

/// A product in the list of all products.
pub struct ListedProduct<'a> {
    pub name: &'a str,
    pub spec: &'a Spec,
    /// Base URL of calls: `https://example.com/api/pets`.
    pub base_url: &'a str,
    /// URL of its pages, without a slash at the end. An operation's Markdown is
    /// `{docs_url}/{id}.md`.
    pub docs_url: &'a str,
}

/// The index of one product: its description, and all operations by tag.
pub fn product_markdown(product: &ListedProduct) -> String {
    let ListedProduct { name, spec, base_url, .. } = product;
    let mut out = format!("# {}\n\n", plain(name));
    _ = writeln!(out, "Version {} · base URL `{base_url}`", plain(&spec.version));
    if !spec.description.trim().is_empty() {
        _ = writeln!(out, "\n{}", closed(&spec.description));
    }
    lists::sections(&facts::document(spec, clip), &mut out);
    for (tag, operations) in by_tag(spec) {
        let shown = facts::tag(spec, &tag);
        _ = writeln!(out, "\n## {}\n", plain(&shown.title));
        if !shown.group.is_empty() {
            _ = writeln!(out, "Group: {}\n", plain(&shown.group));
        }
        if let Some(tag) =
            spec.tags.iter().find(|known| known.name == tag && !known.description.trim().is_empty())
        {
            _ = writeln!(out, "{}\n", closed(&tag.description));
        }
        if let Some(documentation) = shown.documentation {
            lists::entries(&[documentation], &mut out);
        }
        operations.into_iter().for_each(|operation| out.push_str(&entry(product, operation)));
    }
    let webhooks = facts::webhooks(spec);
    if !webhooks.is_empty() {
        out.push_str(
            "\n## Webhooks\n\nRequests that the API sends. Your server receives them.\n\n",
        );
    }
    for (name, summary) in &webhooks {
        let page = webhook_page(name, ".md");
        let summary =
            if summary.is_empty() { String::new() } else { format!(": {}", plain(summary)) };
        _ = writeln!(out, "- [{}]({}/{page}){summary}", plain(name), product.docs_url);
    }
    let schemas = facts::schemas(spec);
    if !schemas.is_empty() {
        out.push_str("\n## Schemas\n\n");
    }
    for at in &schemas {
        let (name, page) = (plain(&schema::title_of(at)), schema_page(at, ".md"));
        _ = writeln!(out, "- [{name}]({}/{page})", product.docs_url);
    }
    out
}

/// Maximum length of a product's description in the list, in bytes.
const MAX_ABOUT: usize = 300;

/// All products, for language models (<https://llmstxt.org>).
pub fn llms_txt(title: &str, summary: &str, products: &[ListedProduct]) -> String {
    let mut out = format!("# {}\n\n> {}\n", plain(title), plain(summary));
    for product in products {
        _ = write!(out, "\n## {}\n\n", plain(product.name));
        let about = excerpt(&product.spec.description, MAX_ABOUT);
        let about = if about.is_empty() { &product.spec.title } else { &about };
        _ = writeln!(out, "- [{}]({}.md): {}", plain(product.name), product.docs_url, plain(about));
        product
            .spec
            .operations
            .iter()
            .filter(|operation| facts::is_public(product.spec, operation))
            .for_each(|operation| out.push_str(&entry(product, operation)));
    }
    out
}

/// In the order of the document's tags, then of first use; operations without a tag come last.
/// Internal operations are left out. A tag without operations is a topic if it has a description.
pub fn by_tag(spec: &Spec) -> Vec<(String, Vec<&Operation>)> {
    const NONE: &str = "Other operations";
    let mut groups: Vec<(String, Vec<&Operation>)> =
        spec.tags.iter().map(|tag| (tag.name.clone(), Vec::new())).collect();
    let (tagged, untagged): (Vec<_>, Vec<_>) = spec
        .operations
        .iter()
        .filter(|operation| facts::is_public(spec, operation))
        .partition(|operation| !operation.tags.is_empty());
    for operation in tagged.into_iter().chain(untagged) {
        let tag = operation.tags.first().map_or(NONE, String::as_str);
        match groups.iter_mut().find(|(name, _)| name == tag) {
            Some((_, operations)) => operations.push(operation),
            None => groups.push((tag.to_owned(), vec![operation])),
        }
    }
    let is_topic = |name: &str| {
        spec.tags.iter().any(|tag| tag.name == name && !tag.description.trim().is_empty())
    };
    groups.retain(|(name, operations)| !operations.is_empty() || is_topic(name));
    groups
}

fn entry(product: &ListedProduct, operation: &Operation) -> String {
    let Operation { id, method, path, .. } = operation;
    let deprecated = if operation.deprecated { " (deprecated)" } else { "" };
    format!(
        "- [{method} {}]({}/{id}.md): {}{deprecated}\n",
        plain(path),
        product.docs_url,
        plain(title_of(operation))
    )
}

fn title_of(operation: &Operation) -> &str {
    if operation.summary.trim().is_empty() { &operation.id } else { &operation.summary }
}

/// Text of a document as plain text in a line of Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        if matches!(character, '\\' | '`' | '*' | '[' | ']' | '<' | '|') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Markdown of a document in a cell of a table, where a `|` would start the next cell.
fn cell(markdown: &str) -> String {
    let mut out = String::new();
    let mut is_escaped = false;
    for character in one_line(markdown).chars() {
        if character == '|' && !is_escaped {
            out.push('\\');
        }
        is_escaped = character == '\\' && !is_escaped;
        out.push(character);
    }
    // A backslash at the end would escape the `|` that ends the cell.
    if is_escaped { out + "\\" } else { out }
}

/// A name as code. `|` is escaped as in [`cell`].
fn code(name: &str) -> String {
    let name = cell(name);
    let ticks = (1..)
        .map(|count| "`".repeat(count))
        .find(|ticks| !name.contains(ticks.as_str()))
        .unwrap_or_default();
    if ticks.len() > 1 { format!("{ticks} {name} {ticks}") } else { format!("`{name}`") }
}

/// Markdown of a document, with a code fence closed if it is left open, so that it does not include
/// what follows.
fn closed(markdown: &str) -> String {
    let markdown = markdown.trim();
    let mut open: Option<String> = None;
    for line in markdown.lines().map(str::trim) {
        let fence: String = ["`", "~"]
            .into_iter()
            .map(|mark| mark.repeat(line.len() - line.trim_start_matches(mark).len()))
            .collect();
        match &open {
            None if fence.len() >= 3 => open = Some(fence),
            Some(begun) if fence.starts_with(begun) && line == fence => open = None,
            _ => {}
        }
    }
    match open {
        Some(fence) => format!("{markdown}\n{fence}"),
        None => markdown.to_owned(),
    }
}

#[cfg(test)]
mod tests;
