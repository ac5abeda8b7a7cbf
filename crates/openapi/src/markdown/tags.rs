//! HTML as a sequence of tags and texts: a small part of
//! <https://html.spec.whatwg.org/#tokenization>.

/// Maximum number of attributes that are read from one tag.
const MAX_ATTRIBUTES: usize = 20;

#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// As written, with its character references.
    Text(&'a str),
    Start(StartTag<'a>),
    /// The name in lower case.
    End(String),
    /// A comment or a declaration.
    Nothing,
}

#[derive(Debug, PartialEq, Eq)]
pub struct StartTag<'a> {
    /// In lower case.
    pub name: String,
    /// Names in lower case; values as written, with their character references.
    pub attributes: Vec<(String, &'a str)>,
    pub source: &'a str,
}

impl<'a> StartTag<'a> {
    /// The value of an attribute without surrounding spaces.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }
}

/// The tokens of a text. Each byte is read a constant number of times.
pub struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub fn of(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Skips the content of an element whose content is not HTML, with its end tag. Without an end
    /// tag, nothing is skipped and the result is false.
    pub fn skip_content(&mut self, name: &str) -> bool {
        let mut from = 0;
        while let Some(at) = self.rest.get(from..).and_then(|rest| rest.find("</")) {
            let start = from + at;
            let after = self.rest.get(start + 2..).unwrap_or_default();
            if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
                self.rest = after.split_once('>').map_or("", |(_, rest)| rest);
                return true;
            }
            from = start + 2;
        }
        false
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let rest = self.rest;
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            return Some(Token::Nothing);
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            self.rest = rest.split_once('>').map_or("", |(_, rest)| rest);
            return Some(Token::Nothing);
        }
        let is_end = rest.starts_with("</");
        let inner = rest.get(if is_end { 2 } else { 1 }..)?;
        if !inner.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let length = inner.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let (name, after) = inner.split_at_checked(length)?;
        let name = name.to_ascii_lowercase();
        let (attributes, after) = attributes(after)?;
        let source = rest.get(..rest.len() - after.len())?;
        self.rest = after;
        Some(if is_end {
            Token::End(name)
        } else {
            Token::Start(StartTag { name, attributes, source })
        })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        match self.rest.find('<') {
            None if self.rest.is_empty() => None,
            None => Some(Token::Text(self.take(self.rest.len()))),
            Some(0) => {
                let is_markup = self.rest.as_bytes().get(1).is_some_and(|second| {
                    matches!(second, b'!' | b'?' | b'/') || second.is_ascii_alphabetic()
                });
                if let Some(token) = self.markup() {
                    return Some(token);
                }
                // A tag without an end: no tag follows, so that nothing is read again and again.
                let is_unclosed = is_markup && !self.rest.starts_with("</");
                let length = if is_unclosed { self.rest.len() } else { 1 };
                Some(Token::Text(self.take(length)))
            }
            Some(at) => Some(Token::Text(self.take(at))),
        }
    }
}

type Attributes<'a> = Vec<(String, &'a str)>;

/// The attributes up to the `>` of their tag, and what follows it. `None` without a `>`.
fn attributes(mut rest: &str) -> Option<(Attributes<'_>, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((found, after));
        }
        let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let first = rest.chars().next()?.len_utf8();
        // The first character is part of the name, even if it is `=`.
        let length = first + rest.get(first..)?.find(is_end)?;
        let (name, after) = rest.split_at_checked(length)?;
        let spaced = after.trim_start();
        let (value, after) = match spaced.strip_prefix('=') {
            Some(written) => value(written.trim_start())?,
            None => ("", spaced),
        };
        if found.len() < MAX_ATTRIBUTES {
            found.push((name.to_ascii_lowercase(), value));
        }
        rest = after;
    }
}

fn value(written: &str) -> Option<(&str, &str)> {
    match written.chars().next()? {
        quote @ ('"' | '\'') => written.get(1..)?.split_once(quote),
        _ => {
            let length = written.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
            written.split_at_checked(length)
        }
    }
}
