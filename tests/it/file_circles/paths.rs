//! The paths that a file of Rust names: `use` declarations and paths within code, without comments,
//! texts and unit tests.

use std::collections::BTreeSet;

/// A path with the name under which a `use` makes it known; a path within code has no such name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub parts: Vec<String>,
    pub name: Option<String>,
    /// The inline modules around it: `mod a { … }` within the file.
    pub inside: Vec<String>,
}

/// What one file declares and names.
#[derive(Debug, Default)]
pub struct Names {
    pub paths: Vec<Path>,
    /// Functions, types, constants and macros.
    pub items: BTreeSet<String>,
    /// Modules in their own file that are only compiled for unit tests.
    pub only_tested: BTreeSet<String>,
}

/// Identifiers, `::` and single characters.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let name = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if let Some(length) = text(rest) {
            length
        } else {
            let length = match name {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                _ => name,
            };
            if !first.is_whitespace() {
                found.push(&rest[..length]);
            }
            length
        };
        rest = &rest[skipped..];
    }
    found
}

/// The length of the string or character literal that the code begins with.
fn text(code: &str) -> Option<usize> {
    let plain = code.trim_start_matches(['b', 'c', 'r']);
    let prefix = code.len() - plain.len();
    let is_raw = code[..prefix].contains('r');
    let hashes = plain.len() - plain.trim_start_matches('#').len();
    if is_raw && plain[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let from = prefix + hashes + 1;
        return code[from..].find(&end).map(|at| from + at + end.len());
    }
    let quote = plain.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    if quote == '\'' {
        // A lifetime or a label is a quote and a name, without a second quote.
        let mut characters = plain.chars().skip(1);
        let first = characters.next()?;
        if first != '\\' && characters.next() != Some('\'') {
            return None;
        }
    }
    let mut is_escaped = false;
    for (at, character) in plain.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return Some(prefix + at + 1),
            _ => {}
        }
    }
    None
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The position after the block that opens at `at`.
fn after_block(tokens: &[&str], at: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match *token {
            "{" => depth += 1,
            "}" if depth == 1 => return i + 1,
            "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

pub fn names(code: &str) -> Names {
    const ITEMS: [&str; 9] =
        ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];
    let tokens = tokens(code);
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut found = Names::default();
    // The depth of braces, and the inline modules with the depth outside them.
    let (mut depth, mut inside) = (0, Vec::<(String, usize)>::new());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            let name = at + if token(at + 7) == "pub" { 9 } else { 8 };
            if token(name - 1) == "mod" && token(name + 1) == "{" {
                at = after_block(&tokens, name + 1);
                continue;
            } else if token(name - 1) == "mod" {
                found.only_tested.insert(token(name).to_owned());
            }
        }
        match tokens[at] {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inside.pop_if(|(_, outside)| *outside == depth);
            }
            "mod" if is_name(token(at + 1)) && token(at + 2) == "{" => {
                inside.push((token(at + 1).to_owned(), depth));
                at += 1;
            }
            "mod" => at += 1,
            item if ITEMS.contains(&item) => {
                let name = at + if token(at + 1) == "!" { 2 } else { 1 };
                found.items.insert(token(name).to_owned());
            }
            "use" => {
                let modules: Vec<String> = inside.iter().map(|(name, _)| name.clone()).collect();
                at = tree(&tokens, at + 1, &[], &mut |parts, name| {
                    found.paths.push(Path { parts, name, inside: modules.clone() });
                });
                continue;
            }
            name if is_name(name)
                && token(at + 1) == "::"
                && !matches!(token(at.wrapping_sub(1)), "::" | ".") =>
            {
                let mut parts = vec![name.to_owned()];
                while token(at + 1) == "::" && is_name(token(at + 2)) {
                    parts.push(token(at + 2).to_owned());
                    at += 2;
                }
                let modules = inside.iter().map(|(name, _)| name.clone()).collect();
                found.paths.push(Path { parts, name: None, inside: modules });
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a `use` tree and returns the position after it.
fn tree(
    tokens: &[&str],
    mut at: usize,
    before: &[String],
    found: &mut impl FnMut(Vec<String>, Option<String>),
) -> usize {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut parts = before.to_vec();
    if token(at) == "::" {
        at += 1;
    }
    loop {
        match token(at) {
            "{" => {
                at += 1;
                while !matches!(token(at), "}" | "") {
                    at = tree(tokens, at, &parts, found);
                    if token(at) == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "*" => {
                found(parts, Some("*".to_owned()));
                return at + 1;
            }
            "self" if !parts.is_empty() => {}
            name => parts.push(name.to_owned()),
        }
        at += 1;
        match token(at) {
            "::" => at += 1,
            "as" => {
                found(parts, Some(token(at + 1).to_owned()));
                return at + 2;
            }
            _ => {
                let name = parts.last().cloned();
                found(parts, name);
                return at;
            }
        }
    }
}

#[test]
fn paths_are_read_in_every_form() {
    let code = r##"
        // use super::comment;
        /* use super::block; */
        use super::{a::{self, B as C}, d::*};
        pub use child::Item;
        fn of<'a>(x: &'a str) -> char { if x == "use super::text" { 'x' } else { '\'' } }
        mod inner { use super::E; }
        const RAW: &str = r#"super::raw" "#;
        impl F { fn g() { super::h::i(); x.k::<L>(); crate::m!("{}"); } }
        #[cfg(test)]
        mod tests { use super::tested; }
        #[cfg(test)]
        pub mod apart;
    "##;
    let names = names(code);
    let paths: Vec<String> = names
        .paths
        .iter()
        .map(|Path { parts, name, inside }| {
            let name = name.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
            let inside: String = inside.iter().map(|name| format!("{name}: ")).collect();
            format!("{inside}{}{name}", parts.join("::"))
        })
        .collect();
    assert_eq!(
        paths,
        [
            "super::a as a",
            "super::a::B as C",
            "super::d as *",
            "child::Item as Item",
            "inner: super::E as E",
            "super::h::i",
            "crate::m",
        ]
    );
    assert_eq!(names.items.into_iter().collect::<Vec<_>>(), ["RAW", "g", "of"]);
    assert_eq!(names.only_tested.into_iter().collect::<Vec<_>>(), ["apart"]);
}
