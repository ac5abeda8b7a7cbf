//! Path templates of OpenAPI: `/files/{id}.json`.

use std::borrow::Cow;
use std::collections::HashSet;

/// Maximum length of a path in bytes.
const MAX_PATH: usize = 2048;

/// The part of a path between two slashes, in pieces.
pub type Segment = Vec<Piece>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Parameter(String),
}

/// The texts between the slashes of a path or template. Uses `memchr` because it runs for each
/// call, and the standard library searches byte by byte.
pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let path = rest?;
        let (segment, after) = memchr::memchr(b'/', path.as_bytes())
            .map_or((path, None), |at| (&path[..at], Some(&path[at + 1..])));
        rest = after;
        Some(segment)
    })
}

/// The segments of a template. A query or fragment, with which some documents distinguish
/// operations of one path, is not part of it.
///
/// # Errors
/// What is wrong with the template, and how to fix it.
pub fn parse(path: &str) -> Result<Vec<Segment>, String> {
    let Some(path) = path.strip_prefix('/') else {
        return Err("a path must begin with `/`".to_owned());
    };
    if path.len() > MAX_PATH {
        return Err(format!("a path may have at most {MAX_PATH} bytes"));
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    segments(path).map(|segment| pieces(segment, &mut names)).collect()
}

/// The path with a `/` at its start, and with a different name for each parameter: `a/{id}/{id}`
/// becomes `/a/{id}/{id2}`.
///
/// # Errors
/// Why it cannot be corrected, and how to fix it.
pub fn correct(path: &str) -> Result<Cow<'_, str>, String> {
    let mut seen = HashSet::new();
    if path.starts_with('/') && names_in(path).all(|name| seen.insert(name)) {
        return Ok(Cow::Borrowed(path));
    }
    if path.contains("://") {
        return Err("a path must begin with `/`; move the host to `servers`".to_owned());
    }
    // Longer paths are refused when they are parsed.
    if path.len() > MAX_PATH {
        return Ok(Cow::Borrowed(path));
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Cow::Owned(format!("{slash}{}", distinct(path))))
}

/// The texts between braces, without the query.
fn names_in(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

/// The path with a number after each name that occurred before.
fn distinct(path: &str) -> String {
    let all: Vec<&str> = names_in(path).collect();
    let mut used: Vec<String> = Vec::new();
    let (mut fixed, mut rest) = (String::new(), path);
    for name in all.iter().copied() {
        let Some((before, after)) = rest.split_once(&format!("{{{name}}}")) else { break };
        let mut new = name.to_owned();
        let mut number = 1;
        while used.contains(&new) {
            number += 1;
            let candidate = format!("{name}{number}");
            if !all.contains(&candidate.as_str()) {
                new = candidate;
            }
        }
        fixed.push_str(&format!("{before}{{{new}}}"));
        used.push(new);
        rest = after;
    }
    fixed + rest
}

fn pieces<'a>(segment: &'a str, names: &mut Vec<&'a str>) -> Result<Segment, String> {
    const UNPAIRED: &str = "a brace has no counterpart; write a parameter as `{name}`";
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((text, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(UNPAIRED)?;
        if text.contains('}') || name.contains('{') {
            return Err(UNPAIRED.to_owned());
        }
        if name.is_empty() {
            return Err("a parameter between braces has no name".to_owned());
        }
        if names.contains(&name) {
            return Err(format!(
                "the parameter `{name}` is in the path twice; name each differently"
            ));
        }
        names.push(name);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.push(Piece::Parameter(name.to_owned()));
        rest = after;
    }
    if rest.contains('}') {
        return Err(UNPAIRED.to_owned());
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// The names of a template's parameters.
pub fn names(segments: &[Segment]) -> impl Iterator<Item = &str> {
    segments.iter().flatten().filter_map(|piece| match piece {
        Piece::Parameter(name) => Some(name.as_str()),
        Piece::Text(_) => None,
    })
}

/// The same for all templates that match the same paths and have the same query and fragment.
pub fn shape(path: &str, segments: &[Segment]) -> String {
    let mut shape =
        path.find(['?', '#']).and_then(|at| path.get(at..)).unwrap_or_default().to_owned();
    for segment in segments {
        shape.push('/');
        for piece in segment {
            match piece {
                Piece::Text(text) => shape.push_str(text),
                Piece::Parameter(_) => shape.push_str("{}"),
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_segment_more_than_slashes() {
        let all = |path: &'static str| segments(path).collect::<Vec<_>>();
        assert_eq!(all("/v1/é/"), ["", "v1", "é", ""]);
        assert_eq!((all(""), all("a")), (vec![""], vec!["a"]));
    }
}
