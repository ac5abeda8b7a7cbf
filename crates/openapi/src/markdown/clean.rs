//! The list of HTML that may appear on the portal's pages. Everything else is removed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::is_allowed;
use super::nesting::{ID_PREFIX, is_class};

const TAGS: [&str; 50] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let of = |attributes: &[&'static str]| attributes.iter().copied().collect::<HashSet<_>>();
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into())
        .generic_attributes(of(&["id", "class"]))
        .tag_attributes(HashMap::from([
            ("a", of(&["href"])),
            ("ol", of(&["start"])),
            ("td", of(&["colspan", "rowspan"])),
            ("th", of(&["colspan", "rowspan"])),
        ]))
        .url_schemes(of(&["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener"))
        .attribute_filter(|_, attribute, value| match attribute {
            "id" => value.starts_with(ID_PREFIX).then_some(Cow::Borrowed(value)),
            // The rule for links in Markdown, for the address without character references.
            "href" if !is_allowed(value) => None,
            "href" if value.contains(['<', '>']) => {
                Some(Cow::Owned(value.replace('<', "%3C").replace('>', "%3E")))
            }
            "class" => is_class(value).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// `html` without everything that is not in the list.
pub fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}
