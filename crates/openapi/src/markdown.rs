//! Converts Markdown from others to HTML that is safe on the portal's pages: it runs no code and
//! loads nothing. Harmless HTML in the text is shown as its author means it. All other HTML is
//! removed.
//!
//! The steps: Markdown becomes HTML (here), the HTML is nested correctly (`nesting`), and what is
//! not in a list is removed (`clean`).

mod clean;
mod code;
mod elements;
mod nesting;
mod tags;
mod text;

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream, html,
};

pub use text::{about, clip, excerpt};

/// Maximum length in bytes. Longer text is cut.
const MAX_MARKDOWN: usize = 256 * 1024;
const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// CommonMark with GFM's tables, strikethrough, task lists and addresses that become links.
/// Harmless HTML is kept, an unknown tag such as `<token>` is shown as text. Headings start at
/// `<h2>` and have ids, to which `#` links of the same text lead. An image becomes a link to it.
/// A link can only lead to the web, a mail address or a page of the portal.
pub fn to_html(markdown: &str) -> String {
    let mut has_html = false;
    let parser = TextMergeStream::new(Parser::new_ext(cut(markdown), OPTIONS));
    let (mut anchors, mut tables, mut code) =
        (Anchors::default(), Tables::default(), Code::default());
    let mut out = String::new();
    let events = parser
        .inspect(|event| has_html |= matches!(event, Event::Html(_) | Event::InlineHtml(_)))
        .filter_map(|event| code.rewrite(event))
        .filter_map(|event| anchors.rewrite(event))
        .map(|event| tables.rewrite(event));
    html::push_html(&mut out, events);
    let nested = nesting::nested(&out);
    // Without HTML of the author, all tags are written here.
    if has_html { clean::clean(&nested) } else { nested }
}

fn cut(markdown: &str) -> &str {
    markdown.get(..markdown.floor_char_boundary(MAX_MARKDOWN)).unwrap_or_default()
}

/// The code block around the current position: its language and its text so far.
#[derive(Default)]
struct Code(Option<(String, String)>);

impl Code {
    fn rewrite<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match (&mut self.0, event) {
            (_, Event::Start(Tag::CodeBlock(kind))) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => String::new(),
                };
                self.0 = Some((language, String::new()));
                None
            }
            (Some(_), Event::End(TagEnd::CodeBlock)) => {
                let (language, text) = self.0.take()?;
                let class = if language.is_empty() {
                    String::new()
                } else {
                    format!(" class=\"language-{language}\"")
                };
                let text = code::coloured(&language, &text);
                Some(Event::Html(format!("<pre><code{class}>{text}</code></pre>\n").into()))
            }
            (Some((_, text)), Event::Text(part)) => {
                text.push_str(&part);
                None
            }
            (_, event) => Some(event),
        }
    }
}

/// The first word after a fence, if it can be a class.
fn language(info: &str) -> String {
    let word = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
    let is_plain = word.len() <= 30
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte));
    if is_plain { word.to_owned() } else { String::new() }
}

/// Open links and images around the current position, and whether an `<a>` was written for each.
#[derive(Default)]
struct Anchors(Vec<bool>);

impl Anchors {
    fn rewrite<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                level,
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::Start(Tag::Link { link_type: LinkType::Email, dest_url, .. }) => {
                self.begin(&format!("mailto:{dest_url}"))?
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.begin(&dest_url)?
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                self.0.pop()?.then_some(Event::Html(CowStr::Borrowed("</a>")))?
            }
            Event::Text(text) if !self.0.contains(&true) && text.contains("://") => {
                Event::InlineHtml(with_links(&text).into())
            }
            Event::TaskListMarker(is_done) => {
                Event::Text(CowStr::Borrowed(if is_done { "☑ " } else { "☐ " }))
            }
            other => other,
        })
    }

    fn begin<'a>(&mut self, to: &str) -> Option<Event<'a>> {
        // An image in a link: only the outer link is written.
        let is_anchor = is_allowed(to) && !self.0.contains(&true);
        self.0.push(is_anchor);
        is_anchor.then(|| Event::Html(anchor(to).into()))
    }
}

fn anchor(to: &str) -> String {
    format!(r#"<a href="{}" rel="nofollow noopener">"#, attribute(&nesting::target(to)))
}

/// A text as HTML whose web addresses are links (GFM, “Autolinks (extension)”).
fn with_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = address_in(rest) {
        let (before, address) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let end = address.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(address.len());
        let (address, after) = address.split_at_checked(end).unwrap_or((address, ""));
        let kept = without_punctuation(address);
        let dropped = address.get(kept.len()..).unwrap_or_default();
        out.push_str(&code::escaped(before));
        out.push_str(&format!("{}{}</a>", anchor(kept), code::escaped(kept)));
        out.push_str(&code::escaped(dropped));
        rest = after;
    }
    out + &code::escaped(rest)
}

/// Where an address starts: after a character that is not part of a word.
fn address_in(text: &str) -> Option<usize> {
    let starts = text.match_indices("://").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let start = at - ["https", "http"].iter().find(|scheme| before.ends_with(**scheme))?.len();
        let is_start = !text.get(..start)?.ends_with(char::is_alphanumeric);
        let has_host = text.get(at + 3..)?.starts_with(char::is_alphanumeric);
        (is_start && has_host).then_some(start)
    });
    starts.into_iter().next()
}

/// Punctuation at the end of an address belongs to the sentence, as does a `)` without its `(`.
fn without_punctuation(address: &str) -> &str {
    let count = |which: char| address.matches(which).count();
    let mut unopened = count(')').saturating_sub(count('('));
    address.trim_end_matches(|last: char| {
        if last == ')' && unopened > 0 {
            unopened -= 1;
            return true;
        }
        matches!(last, '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '"')
    })
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
