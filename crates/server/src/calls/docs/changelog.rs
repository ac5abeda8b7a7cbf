//! The changes between versions, as a feed.

use std::fmt::Write;
use std::sync::Arc;

use tollgate_openapi::markdown::clip;
use tollgate_openapi::spec::{ChangeKind, Spec, diff};
use tollgate_types::number::plural;
use tollgate_types::product::ProductVersion;
use tollgate_types::time::Timestamp;

use crate::access::Operator;
use crate::products::{self, Product};
use crate::{App, Result};

/// Versions in a feed, and changes per version.
const MAX_ENTRIES: usize = 20;
const MAX_CHANGES: usize = 40;
/// Bytes of one change.
const MAX_CHANGE: usize = 400;

struct Entry {
    version: String,
    revision: u64,
    /// `None` if it was not recorded.
    at: Option<Timestamp>,
    text: String,
}

impl Entry {
    fn new(version: ProductVersion, text: String) -> Self {
        Self {
            version: version.version,
            revision: version.revision,
            at: Some(version.created_at),
            text,
        }
    }
}

/// RSS 2.0, newest version first.
pub async fn feed(app: &App, product: &Arc<Product>) -> Result<String> {
    if let Some(known) = app.docs.feed(product) {
        return Ok(known.to_string());
    }
    let entries =
        if product.is_platform() { vec![own(product)] } else { entries(app, product).await? };
    let text = written(app, product, &entries);
    app.docs.keep_feed(product, text.as_str().into());
    Ok(text)
}

/// The platform's document is part of the program: earlier ones are not kept.
fn own(product: &Product) -> Entry {
    let view = &product.view.view;
    Entry {
        version: view.version.clone(),
        revision: view.revision,
        at: None,
        text: published(&product.spec),
    }
}

fn published(spec: &Spec) -> String {
    format!("Published with {}.", plural(spec.operations.len() as u64, "operation", "operations"))
}

async fn entries(app: &App, product: &Arc<Product>) -> Result<Vec<Entry>> {
    let versions = products::versions(&app.db, &Operator::portal(), &product.id).await?;
    let mut entries = Vec::new();
    let mut newer: Option<(ProductVersion, Arc<Spec>)> = None;
    // One more than is listed, for comparison with the last one.
    for version in versions.into_iter().take(MAX_ENTRIES + 1) {
        let spec = read(app, product, version.revision).await?;
        let Some(spec) = spec else { continue };
        if let Some((version, new)) = newer.replace((version, Arc::clone(&spec))) {
            let changes = tokio::task::spawn_blocking(move || rendered(&spec, &new))
                .await
                .map_err(anyhow::Error::from)?;
            entries.push(Entry::new(version, changes));
        }
    }
    if let Some((first, spec)) = newer.filter(|_| entries.len() < MAX_ENTRIES) {
        entries.push(Entry::new(first, published(&spec)));
    }
    Ok(entries)
}

async fn read(app: &App, product: &Product, revision: u64) -> Result<Option<Arc<Spec>>> {
    if revision == product.view.view.revision {
        return Ok(Some(Arc::clone(&product.spec)));
    }
    let Some(document) = products::document(&app.db, &product.id, revision).await? else {
        return Ok(None);
    };
    let spec = tokio::task::spawn_blocking(move || Spec::read(&document).ok())
        .await
        .map_err(anyhow::Error::from)?;
    Ok(spec.map(Arc::new))
}

fn rendered(old: &Spec, new: &Spec) -> String {
    let changes = diff(old, new);
    let mut text = String::new();
    for (kind, title) in [(ChangeKind::Breaking, "Breaking"), (ChangeKind::Other, "Also")] {
        let of: Vec<_> = changes.iter().filter(|change| change.kind == kind).collect();
        if of.is_empty() {
            continue;
        }
        _ = writeln!(text, "{title}:");
        for change in of.iter().take(MAX_CHANGES) {
            let operation =
                change.operation.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
            _ = writeln!(text, "- {operation}{}", clip(&change.message, MAX_CHANGE));
        }
        if of.len() > MAX_CHANGES {
            _ = writeln!(text, "- and {} more", of.len() - MAX_CHANGES);
        }
    }
    if text.is_empty() { "Only descriptions changed.".to_owned() } else { text }
}

fn written(app: &App, product: &Product, entries: &[Entry]) -> String {
    let link = xml(&format!("{}/apis/{}", app.config.base_url(), product.id));
    let name = xml(&product.view.view.name);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\n\
         <title>{name}</title>\n<link>{link}</link>\n<description>Versions of {name}</description>\n\
         <atom:link href=\"{link}/changelog.xml\" rel=\"self\" type=\"application/rss+xml\"/>\n"
    );
    for Entry { version, revision, at, text } in entries {
        let at = at.map(|at| format!("<pubDate>{}</pubDate>", at.http_date())).unwrap_or_default();
        _ = writeln!(
            out,
            "<item><title>{name} {}</title><link>{link}</link><guid isPermaLink=\"false\">{}:{revision}:{}</guid>{at}\
             <description>{}</description></item>",
            xml(version),
            product.id,
            xml(version),
            // Feed readers interpret the text as HTML, so it is escaped twice.
            xml(&xml(text).replace('\n', "<br>")),
        );
    }
    out + "</channel></rss>\n"
}

/// Text in XML; characters that XML does not allow are left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_element() {
        assert_eq!(xml("</title>&\u{0}\"x\"\n"), "&lt;/title&gt;&amp;&quot;x&quot;\n");
    }
}
