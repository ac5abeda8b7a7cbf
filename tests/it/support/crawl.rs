//! Follows the links of the portal's pages, as a visitor without scripts sees them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{TestResponse, Visitor};

/// Pages per form of path: with other ids they have the same code.
const OF_A_SHAPE: usize = 3;
/// The maximum number of pages, so that endless links fail the test.
const MAX_PAGES: usize = 500;

/// All pages that can be reached from `starts`, each with its path. Files and redirects are left
/// out.
pub async fn crawl(visitor: &mut Visitor<'_>, starts: &[&str]) -> Vec<(String, TestResponse)> {
    let mut waiting: VecDeque<String> = starts.iter().map(|path| (*path).to_owned()).collect();
    let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut pages = Vec::new();
    while let Some(path) = waiting.pop_front() {
        let page = visitor.page(&path).await;
        if !page.header("content-type").starts_with("text/html")
            || (300..400).contains(&page.status)
        {
            continue;
        }
        for href in links(&page.text) {
            let shape = shape(&href);
            let count = shapes.entry(shape).or_default();
            if known.contains(&href) || *count >= OF_A_SHAPE {
                continue;
            }
            *count += 1;
            known.insert(href.clone());
            waiting.push_back(href);
        }
        pages.push((path, page));
        assert!(pages.len() <= MAX_PAGES, "the links never end: {:?}", shapes);
    }
    pages
}

/// Paths on this server that a page links to, without their fragments.
fn links(html: &str) -> Vec<String> {
    let tags = parts(html).into_iter().filter_map(|part| match part {
        Part::Open { name: "a", attributes } => attribute(attributes, "href"),
        _ => None,
    });
    let own = tags.filter(|href| href.starts_with('/') && !href.starts_with("//"));
    own.map(|href| href.split('#').next().unwrap_or_default().replace("&amp;", "&")).collect()
}

/// A path with its ids, codes and values taken out.
fn shape(href: &str) -> String {
    let (path, query) = href.split_once('?').unwrap_or((href, ""));
    let segments: Vec<&str> = path.split('/').collect();
    let names = segments.iter().enumerate().map(|(i, segment)| {
        let is_id = segment.len() > 26 && segment.contains('_');
        let is_name = i >= 2 && matches!(segments[1], "apis") || i >= 3 && segments[2] == "errors";
        if is_id || is_name { "*" } else { segment }
    });
    let keys = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    format!("{}?{}", names.collect::<Vec<_>>().join("/"), keys.collect::<Vec<_>>().join("&"))
}

/// A part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Open { name: &'a str, attributes: &'a str },
    Close { name: &'a str },
    Text(&'a str),
}

/// The tags and texts of a page, without comments and the content of scripts and styles.
pub fn parts(html: &str) -> Vec<Part<'_>> {
    let (mut found, mut rest) = (Vec::new(), html);
    while let Some(at) = rest.find('<') {
        if at > 0 {
            found.push(Part::Text(&rest[..at]));
        }
        rest = &rest[at..];
        if rest.starts_with("<!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let end = end_of_tag(rest);
        let tag = rest[1..end].trim_end_matches('/');
        rest = rest.get(end + 1..).unwrap_or_default();
        if let Some(name) = tag.strip_prefix('/') {
            found.push(Part::Close { name: name.trim() });
            continue;
        }
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        found.push(Part::Open { name, attributes });
        if matches!(name, "script" | "style") {
            let close = format!("</{name}");
            rest = rest.find(&close).map_or("", |end| &rest[end..]);
        }
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest));
    }
    found
}

/// The position of the `>` of the tag at the start of `text`: none within quotes counts.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return i,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The raw value of an attribute.
pub fn attribute(attributes: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let at = attributes
        .match_indices(&start)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || attributes.as_bytes()[at - 1].is_ascii_whitespace())?;
    let value = &attributes[at + start.len()..];
    Some(value[..value.find('"')?].to_owned())
}
