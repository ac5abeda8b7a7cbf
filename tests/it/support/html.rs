//! Pages as a browser's parser reads them: elements with their attributes, and the texts of those
//! that contain only text.

use url::form_urlencoded::Serializer;

/// One element, in the order of the page.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// For `textarea`, `title`, `script` and such: the content. For others: nothing.
    pub text: String,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Inside these, the parser only looks for their end. In the first two it decodes entities.
const TEXT_ONLY: [&str; 9] =
    ["textarea", "title", "script", "style", "noscript", "iframe", "noembed", "noframes", "xmp"];

/// Every start tag of a page. An unclosed comment or text element takes the rest of the page, as in
/// a browser.
pub fn elements(html: &str) -> Vec<Element> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if rest.starts_with("<!--") {
            rest = rest.split_once("-->").map_or("", |(_, after)| after);
        } else if !rest[1..].starts_with(|first: char| first.is_ascii_alphabetic()) {
            rest = if rest[1..].starts_with(['/', '!', '?']) {
                rest.split_once('>').map_or("", |(_, after)| after)
            } else {
                &rest[1..]
            };
        } else {
            let (mut element, after) = tag(&rest[1..]);
            rest = after;
            if let Some(place) = TEXT_ONLY.iter().position(|name| *name == element.name) {
                let end = end_of(&element.name, rest);
                let inside = rest[..end]
                    .strip_prefix('\n')
                    .filter(|_| element.name == "textarea")
                    .unwrap_or(&rest[..end]);
                element.text = if place < 2 { decoded(inside) } else { inside.to_owned() };
                rest = &rest[end..];
            }
            found.push(element);
        }
    }
    found
}

/// The start of the end tag of a text element.
fn end_of(name: &str, rest: &str) -> usize {
    let lower = rest.to_ascii_lowercase();
    let end = format!("</{name}");
    let is_end = |at: &usize| {
        lower[at + end.len()..]
            .starts_with(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>'))
    };
    lower.match_indices(&end).map(|(at, _)| at).find(is_end).unwrap_or(rest.len())
}

/// A start tag after its `<`, and the rest.
fn tag(text: &str) -> (Element, &str) {
    let end = text
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
        .unwrap_or(text.len());
    let mut element = Element { name: text[..end].to_ascii_lowercase(), ..Element::default() };
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (element, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (element, after);
        }
        // A first `=` is part of the name.
        let end = rest[1..]
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))
            .map_or(rest.len(), |end| end + 1);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quoted = after.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let (raw, after) = match quoted {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(
                    after
                        .find(|c: char| c.is_ascii_whitespace() || c == '>')
                        .unwrap_or(after.len()),
                ),
            };
            value = decoded(raw);
            rest = after;
        }
        element.attributes.push((name, value));
    }
}

fn decoded(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'");
    text.replace("&#x2F;", "/").replace("&amp;", "&")
}

/// A form with the fields that a browser would send.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub is_post: bool,
    pub is_multipart: bool,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub value: String,
    /// A typed text, unlike a chosen or hidden value.
    pub is_typed: bool,
    /// A typed text that is not shown.
    pub is_password: bool,
}

impl Form {
    /// As `application/x-www-form-urlencoded`.
    pub fn encoded(&self, value: impl Fn(&Field) -> String) -> String {
        let mut form = Serializer::new(String::new());
        for field in &self.fields {
            form.append_pair(&field.name, &value(field));
        }
        form.finish()
    }
}

/// The forms of a page. Of radio buttons and check boxes, those that are checked.
pub fn forms(html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut choice = String::new();
    for element in elements(html) {
        let text = |name: &str| element.get(name).unwrap_or_default().to_owned();
        if element.name == "form" {
            let is_multipart =
                element.get("enctype").is_some_and(|kind| kind == "multipart/form-data");
            found.push(Form {
                action: text("action"),
                is_post: text("method").eq_ignore_ascii_case("post"),
                is_multipart,
                fields: Vec::new(),
            });
        }
        if element.name == "select" {
            choice = text("name");
        }
        let Some(form) = found.last_mut() else { continue };
        let kind = text("type");
        let is_left_out = matches!(kind.as_str(), "radio" | "checkbox")
            && element.get("checked").is_none()
            || kind == "submit";
        match element.name.as_str() {
            "input" if !is_left_out && !text("name").is_empty() => {
                let is_typed = !matches!(kind.as_str(), "hidden" | "radio" | "checkbox" | "file");
                form.fields.push(Field {
                    name: text("name"),
                    value: text("value"),
                    is_typed,
                    is_password: kind == "password",
                });
            }
            "textarea" if !text("name").is_empty() => {
                form.fields.push(Field {
                    name: text("name"),
                    value: element.text.clone(),
                    is_typed: true,
                    is_password: false,
                });
            }
            "option" if !choice.is_empty() => {
                let is_first = form.fields.last().is_none_or(|field| field.name != choice);
                if is_first {
                    form.fields.push(Field {
                        name: choice.clone(),
                        value: text("value"),
                        is_typed: false,
                        is_password: false,
                    });
                } else if element.get("selected").is_some()
                    && let Some(field) = form.fields.last_mut()
                {
                    field.value = text("value");
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn pages_are_read_as_a_browser_reads_them() {
    let html = "<p CLASS='a' data-x=1>x<!-- <b> --><textarea name=t>\n&lt;b&gt;</TEXTAREA >\
                <script>if (a<b) '<i>'</script><title>&amp;</title><input value=\"&quot;\"disabled/>";
    let found = elements(html);
    let names: Vec<&str> = found.iter().map(|element| element.name.as_str()).collect();
    assert_eq!(names, ["p", "textarea", "script", "title", "input"]);
    assert_eq!((found[0].get("class"), found[0].get("data-x")), (Some("a"), Some("1")));
    assert_eq!((found[1].text.as_str(), found[3].text.as_str()), ("<b>", "&"));
    assert_eq!((found[4].get("value"), found[4].get("disabled")), (Some("\""), Some("")));
}
