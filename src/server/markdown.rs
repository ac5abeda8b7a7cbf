//! Markdown of strangers as HTML that is safe on our pages: nothing in it runs, loads or hides.

mod text;

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

pub use text::{about, clip, excerpt};

/// What is longer is cut, in bytes.
const MAX_MARKDOWN: usize = 256 * 1024;

/// CommonMark with GFM's tables and strikethrough. HTML in it is shown as it is written, headings begin at `<h2>`,
/// an image is a link to it, and a link leads to the web, to a mail address or within the site.
pub fn to_html(markdown: &str) -> String {
    let parser = Parser::new_ext(cut(markdown), Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut anchors = Anchors::default();
    let mut out = String::new();
    html::push_html(&mut out, parser.filter_map(|event| anchors.rewrite(event)));
    out
}

fn cut(markdown: &str) -> &str {
    markdown.get(..markdown.floor_char_boundary(MAX_MARKDOWN)).unwrap_or_default()
}

/// Links and images around the place that is written, and whether an anchor was begun for each.
#[derive(Default)]
struct Anchors(Vec<bool>);

impl Anchors {
    /// Only what is made here is HTML in what comes out.
    fn rewrite<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::Heading { level, .. }) => {
                Event::Start(Tag::Heading { level: lower(level), id: None, classes: Vec::new(), attrs: Vec::new() })
            }
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
            Event::Start(Tag::Link { link_type: LinkType::Email, dest_url, .. }) => self.begin(&format!("mailto:{dest_url}"))?,
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => self.begin(&dest_url)?,
            Event::End(TagEnd::Link | TagEnd::Image) => self.0.pop()?.then_some(Event::Html(CowStr::Borrowed("</a>")))?,
            other => other,
        })
    }

    fn begin<'a>(&mut self, to: &str) -> Option<Event<'a>> {
        // An image in a link: the outer one leads somewhere.
        let is_anchor = is_allowed(to) && !self.0.contains(&true);
        self.0.push(is_anchor);
        is_anchor.then(|| Event::Html(format!(r#"<a href="{}" rel="nofollow noopener">"#, attribute(to)).into()))
    }
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Browsers leave out control characters before they look for the scheme: so none may be there.
fn is_allowed(to: &str) -> bool {
    if to.is_empty() || to.contains(|character: char| character.is_control()) {
        return false;
    }
    let to = to.trim_start();
    let end = to.find([':', '/', '?', '#', '\\']).unwrap_or(to.len());
    let (scheme, rest) = to.split_at(end);
    !rest.starts_with(':') || ["http", "https", "mailto"].iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#39;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
