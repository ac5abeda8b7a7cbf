//! Converts Markdown from others to HTML that is safe on the portal's pages: it runs no code, loads
//! nothing and hides nothing.

mod text;

use pulldown_cmark::{
    Alignment, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html,
};

pub use text::{about, clip, excerpt};

/// Maximum length in bytes. Longer text is cut.
const MAX_MARKDOWN: usize = 256 * 1024;

/// CommonMark with GFM's tables and strikethrough. HTML is shown as text, headings start at `<h2>`,
/// an image becomes a link to it, and a link can only lead to the web, a mail address or a page of
/// the portal.
pub fn to_html(markdown: &str) -> String {
    let parser =
        Parser::new_ext(cut(markdown), Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let (mut anchors, mut tables) = (Anchors::default(), Tables::default());
    let mut out = String::new();
    html::push_html(
        &mut out,
        parser.filter_map(|event| anchors.rewrite(event)).map(|event| tables.rewrite(event)),
    );
    out
}

fn cut(markdown: &str) -> &str {
    markdown.get(..markdown.floor_char_boundary(MAX_MARKDOWN)).unwrap_or_default()
}

/// Open links and images around the current position, and whether an `<a>` was written for each.
#[derive(Default)]
struct Anchors(Vec<bool>);

impl Anchors {
    /// The only HTML in the output is created here.
    fn rewrite<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                level: lower(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
            Event::Start(Tag::Link { link_type: LinkType::Email, dest_url, .. }) => {
                self.begin(&format!("mailto:{dest_url}"))?
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.begin(&dest_url)?
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                self.0.pop()?.then_some(Event::Html(CowStr::Borrowed("</a>")))?
            }
            other => other,
        })
    }

    fn begin<'a>(&mut self, to: &str) -> Option<Event<'a>> {
        // An image in a link: only the outer link is written.
        let is_anchor = is_allowed(to) && !self.0.contains(&true);
        self.0.push(is_anchor);
        is_anchor.then(|| {
            Event::Html(format!(r#"<a href="{}" rel="nofollow noopener">"#, attribute(to)).into())
        })
    }
}

/// The table around the current position. Its cells are written here because the library aligns
/// them by `style` attributes, which the content security policy of the pages forbids.
#[derive(Default)]
struct Tables {
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Tables {
    fn rewrite<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match &event {
            Event::Start(Tag::Table(columns)) => self.columns.clone_from(columns),
            Event::Start(Tag::TableHead) => (self.in_head, self.column) = (true, 0),
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::Start(Tag::TableRow) => self.column = 0,
            Event::Start(Tag::TableCell) => {
                let html = match (self.in_head, self.columns.get(self.column)) {
                    (true, Some(Alignment::Center)) => r#"<th class="align-center">"#,
                    (true, Some(Alignment::Right)) => r#"<th class="align-right">"#,
                    (true, _) => "<th>",
                    (false, Some(Alignment::Center)) => r#"<td class="align-center">"#,
                    (false, Some(Alignment::Right)) => r#"<td class="align-right">"#,
                    (false, _) => "<td>",
                };
                self.column += 1;
                return Event::Html(CowStr::Borrowed(html));
            }
            Event::End(TagEnd::TableCell) => {
                return Event::Html(CowStr::Borrowed(if self.in_head { "</th>" } else { "</td>" }));
            }
            _ => {}
        }
        event
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

/// Browsers remove control characters before they look for the scheme, so a link must not contain
/// any.
fn is_allowed(to: &str) -> bool {
    if to.is_empty() || to.contains(|character: char| character.is_control()) {
        return false;
    }
    let to = to.trim_start();
    let end = to.find([':', '/', '?', '#', '\\']).unwrap_or(to.len());
    let (scheme, rest) = to.split_at(end);
    !rest.starts_with(':')
        || ["http", "https", "mailto"].iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
