//! Brings HTML into a form that fits into a page: every element is closed where it belongs, parts
//! of lists and tables are inside one, and the depth is bounded. Which attributes are safe is
//! decided afterwards, in `clean`.

use std::collections::HashSet;

use super::elements::{Role, element};
use super::is_allowed;
use super::tags::{StartTag, Token, Tokens};

/// Maximum number of elements inside each other. Deeper ones are left out; their text is kept.
const MAX_OPEN: usize = 40;
/// Before all ids of a description, so that none is an id of the page.
pub const ID_PREFIX: &str = "user-content-";
/// Maximum number of bytes of an id.
const MAX_ID: usize = 100;
const REL: &str = r#"rel="nofollow noopener""#;

/// Rewrites HTML, in time that is linear in its length.
pub fn nested(html: &str) -> String {
    let mut writer = Writer::default();
    let mut tokens = Tokens::of(html);
    // Elements that have no end tag in the rest of the text.
    let mut unclosed: HashSet<String> = HashSet::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Start(tag) => match element(&tag.name) {
                None => writer.text(tag.source),
                Some((_, Role::Discarded)) => {
                    if !unclosed.contains(&tag.name) && !tokens.skip_content(&tag.name) {
                        unclosed.insert(tag.name);
                    }
                }
                Some((name, role)) => writer.start(name, role, &tag),
            },
            Token::End(name) => {
                if let Some((name, role)) = element(&name) {
                    writer.end(name, role);
                }
            }
            Token::Nothing => {}
        }
    }
    writer.close(0);
    writer.out
}

struct Open {
    /// The element that the author wrote.
    name: &'static str,
    role: Role,
    written: &'static str,
}

#[derive(Default)]
struct Writer {
    out: String,
    open: Vec<Open>,
    /// The end of the open heading's start tag, and its text so far.
    heading: Option<(usize, String)>,
    ids: HashSet<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for (index, part) in text.split('<').enumerate() {
            if index > 0 {
                self.out.push_str("&lt;");
            }
            self.out.push_str(&part.replace('>', "&gt;"));
        }
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        }
    }

    fn start(&mut self, name: &'static str, role: Role, tag: &StartTag) {
        match role {
            Role::Transparent | Role::Discarded => return,
            Role::Void => return self.out.push_str("<br>"),
            Role::Line => {
                self.leave_paragraph();
                return self.out.push_str("<hr>");
            }
            Role::Picture => return self.picture(tag),
            _ => {}
        }
        if !self.make_room(name, role) || self.open.len() >= MAX_OPEN {
            return;
        }
        let id = tag.get("id").or_else(|| tag.get("name").filter(|_| role == Role::Link));
        let id = id.and_then(|id| self.id(id));
        let to = tag.get("href").filter(|to| is_allowed(to));
        let to = to.filter(|_| role == Role::Link && !self.is_in(Role::Link));
        let written = if role == Role::Link && to.is_none() { "span" } else { name };
        self.push(name, role, written);
        let start = self.out.len() - 1;
        let mut attributes = id.map(|id| format!(" id=\"{id}\"")).unwrap_or_default();
        if let Some(to) = to {
            attributes.push_str(&format!(" href=\"{}\" {REL}", quoted(&target(to))));
        }
        attributes.extend(class(name, tag).map(|class| format!(" class=\"{class}\"")));
        for key in ["start", "colspan", "rowspan"] {
            let is_number = |text: &&str| {
                (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            };
            let allowed = if key == "start" { name == "ol" } else { role == Role::Cell };
            attributes.extend(
                tag.get(key)
                    .filter(is_number)
                    .filter(|_| allowed)
                    .map(|number| format!(" {key}=\"{number}\"")),
            );
        }
        let has_id = attributes.starts_with(" id=");
        self.out.insert_str(start, &attributes);
        if role == Role::Heading && !has_id {
            self.heading = Some((start, String::new()));
        }
    }

    fn end(&mut self, name: &'static str, role: Role) {
        let is_of_table =
            matches!(role, Role::Table | Role::Part | Role::Row | Role::Cell | Role::Caption);
        for at in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(at) else { return };
            if open.name == name {
                return self.close(at);
            }
            if open.role == Role::Cell && !is_of_table {
                return;
            }
        }
    }

    fn push(&mut self, name: &'static str, role: Role, written: &'static str) {
        self.out.push_str(&format!("<{written}>"));
        self.open.push(Open { name, role, written });
    }

    /// Closes all elements from this one on.
    fn close(&mut self, from: usize) {
        while self.open.len() > from {
            let Some(open) = self.open.pop() else { return };
            if open.role == Role::Heading
                && let Some((start, text)) = self.heading.take()
                && let Some(id) = self.id(&text)
            {
                self.out.insert_str(start, &format!(" id=\"{id}\""));
            }
            self.out.push_str(&format!("</{}>", open.written));
        }
    }

    fn is_in(&self, role: Role) -> bool {
        self.open.iter().any(|open| open.role == role && open.written != "span")
    }

    fn last(&self, is: impl Fn(&Open) -> bool) -> Option<usize> {
        self.open.iter().rposition(is)
    }

    /// A paragraph or heading ends where a block starts.
    fn leave_paragraph(&mut self) {
        let is_inline = |open: &Open| matches!(open.role, Role::Inline | Role::Link);
        let Some(at) = self.last(|open| !is_inline(open)) else { return };
        if self
            .open
            .get(at)
            .is_some_and(|open| matches!(open.role, Role::Paragraph | Role::Heading))
        {
            self.close(at);
        }
    }

    /// Closes and opens elements until an element of this role may follow. False if it may not.
    fn make_room(&mut self, name: &str, role: Role) -> bool {
        match role {
            Role::Inline | Role::Link => {}
            Role::Paragraph | Role::Heading | Role::Block => self.leave_paragraph(),
            Role::Item => return self.open_list(&["ul", "ol"], "ul"),
            Role::Term => return self.open_list(&["dl"], "dl"),
            Role::Summary => {
                return self.open.last().is_some_and(|open| open.name == "details");
            }
            Role::Table => {
                self.leave_paragraph();
                // A table inside another one is in a cell.
                let around = self.last(|open| matches!(open.role, Role::Table | Role::Cell));
                if let Some(at) = around
                    && self.open.get(at).is_some_and(|open| open.role == Role::Table)
                {
                    self.close(at);
                }
            }
            Role::Part | Role::Row | Role::Cell | Role::Caption => {
                return self.open_table(name, role);
            }
            _ => return false,
        }
        true
    }

    fn open_list(&mut self, lists: &[&str], missing: &'static str) -> bool {
        let is_list = |open: &Open| lists.contains(&open.name);
        let at = self.last(|open| is_list(open) || matches!(open.role, Role::Cell | Role::Table));
        match at.filter(|at| self.open.get(*at).is_some_and(is_list)) {
            Some(list) => self.close(list + 1),
            None => {
                self.leave_paragraph();
                if self.open.len() + 1 >= MAX_OPEN {
                    return false;
                }
                self.push(missing, Role::Block, missing);
            }
        }
        true
    }

    fn open_table(&mut self, name: &str, role: Role) -> bool {
        let Some(table) = self.last(|open| open.role == Role::Table) else { return false };
        let is = |writer: &Self, at: usize, role: Role| {
            writer.open.get(at).is_some_and(|open| open.role == role)
        };
        let part = table + 1;
        let row = if is(self, part, Role::Part) { part + 1 } else { part };
        match role {
            Role::Part | Role::Caption => self.close(part),
            Role::Row => self.close(row),
            _ if is(self, row, Role::Row) => self.close(row + 1),
            _ => {
                self.close(row);
                if self.open.len() + 1 >= MAX_OPEN {
                    return false;
                }
                self.push("tr", Role::Row, "tr");
            }
        }
        !name.is_empty()
    }

    /// Pictures from elsewhere are not loaded: a link leads to them.
    fn picture(&mut self, tag: &StartTag) {
        let text = tag.get("alt").filter(|alt| !alt.is_empty()).unwrap_or("image").to_owned();
        let to = tag.get("src").filter(|to| is_allowed(to) && !self.is_in(Role::Link));
        if let Some(to) = to {
            self.out.push_str(&format!("<a href=\"{}\" {REL}>", quoted(to)));
            self.text(&text);
            self.out.push_str("</a>");
        } else {
            self.text(&text);
        }
    }

    /// An id that no other element of the text has.
    fn id(&mut self, text: &str) -> Option<String> {
        let slug = slug(text);
        (!slug.is_empty() && self.ids.insert(slug.clone())).then(|| format!("{ID_PREFIX}{slug}"))
    }
}

/// The class of code, colours and columns. Other classes are those of the author's site.
fn class(name: &str, tag: &StartTag) -> Option<String> {
    let given = tag.get("class").unwrap_or_default();
    match name {
        "code" | "span" => is_class(given).then(|| given.to_owned()),
        "th" | "td" => match tag.get("align").or_else(|| given.strip_prefix("align-"))? {
            align @ ("center" | "right") => Some(format!("align-{align}")),
            _ => None,
        },
        _ => None,
    }
}

/// Whether it is a class of the language or a part of code.
pub fn is_class(class: &str) -> bool {
    let is_plain =
        class.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#-_.".contains(&byte));
    let is_ours = ["language-", "tok-", "align-"].iter().any(|start| class.starts_with(start));
    is_plain && is_ours && class.len() <= MAX_ID
}

/// The address that a link leads to. `#Getting Started` and `#section/Getting-Started` lead to the
/// heading “Getting started” of the same text.
pub fn target(to: &str) -> String {
    match to.strip_prefix('#') {
        Some(fragment) if !fragment.is_empty() && !fragment.starts_with(ID_PREFIX) => {
            let last = fragment.rsplit('/').next().unwrap_or(fragment);
            format!("#{ID_PREFIX}{}", slug(&last.replace("%20", " ")))
        }
        _ => to.to_owned(),
    }
}

/// Letters and digits in lower case; everything else is a hyphen.
fn slug(text: &str) -> String {
    let text = text.replace("&amp;", " ");
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut slug = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if slug.len() + word.len() > MAX_ID {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().flat_map(char::to_lowercase));
    }
    slug
}

fn quoted(value: &str) -> String {
    value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
