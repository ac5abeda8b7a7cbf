//! Finds the operation of a request, in a tree of the templates' segments. Only one path leads to
//! each node, so a search visits no node twice, for any templates.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::Spec;
use super::template::{self, Piece, Segment};

/// Paths with at most this many segments need no heap allocation.
const USUAL: usize = 8;

/// The operations of a document by method and path.
#[derive(Debug)]
pub struct Routes {
    nodes: Vec<Node>,
    /// Number of segments of the longest template.
    longest: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// By text of the segment. Fixed segments take precedence over all others.
    concrete: FxHashMap<String, usize>,
    /// Segments of text and parameters, those with the most text first.
    mixed: Vec<(Vec<Part>, usize)>,
    parameter: Option<usize>,
    routes: Vec<Route>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value,
}

#[derive(Debug)]
struct Route {
    method: String,
    operation: usize,
    /// The names of the parameters, in the order of the template.
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    /// Its index in [`Spec::operations`].
    pub operation: usize,
    /// The path's parameters, percent-decoded, in the order of the template.
    pub params: Vec<(String, String)>,
}

/// Why a request matches no operation.
#[derive(Debug, PartialEq, Eq)]
pub enum NoMatch {
    Path,
    /// The methods of the path, for `Allow`.
    Method(String),
}

impl Routes {
    pub fn new(spec: &Spec) -> Self {
        let mut routes = Self { nodes: vec![Node::default()], longest: 0 };
        let mut operations: Vec<_> = spec.operations.iter().enumerate().collect();
        // For a server, `/token#refresh` and `/token` are the same path, and the plain one takes
        // precedence.
        operations.sort_by_key(|(_, operation)| operation.path.contains(['?', '#']));
        for (index, operation) in operations {
            if let Ok(segments) = template::parse(&operation.path) {
                routes.insert(&segments, &operation.method, index);
            }
        }
        routes
    }

    fn insert(&mut self, segments: &[Segment], method: &str, operation: usize) {
        let mut at = 0;
        for segment in segments {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            at = node.child(segment, next);
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        self.longest = self.longest.max(segments.len());
        if let Some(node) = self.nodes.get_mut(at)
            && !node.routes.iter().any(|route| route.method == method)
        {
            let names = template::names(segments).map(str::to_owned).collect();
            node.routes.push(Route { method: method.to_owned(), operation, names });
        }
    }

    /// The operation for a method in upper case and a percent-encoded path without query. `GET`
    /// operations also match `HEAD`. A fixed path takes precedence over a template, which is used
    /// for methods that the fixed path lacks.
    ///
    /// # Errors
    /// Fails if the document does not have the path, or not with this method.
    pub fn find(&self, method: &str, path: &str) -> Result<Match, NoMatch> {
        self.search(method, path, |route, values| {
            let values = values.iter().map(|&value| value.to_owned());
            Match {
                operation: route.operation,
                params: route.names.iter().cloned().zip(values).collect(),
            }
        })
    }

    /// Like [`find`](Self::find), without the parameters, which few calls need.
    ///
    /// # Errors
    /// The same as for `find`.
    pub fn operation(&self, method: &str, path: &str) -> Result<usize, NoMatch> {
        self.search(method, path, |route, _| route.operation)
    }

    fn search<T>(
        &self,
        method: &str,
        path: &str,
        found: impl FnOnce(&Route, &[&str]) -> T,
    ) -> Result<T, NoMatch> {
        let path = path.strip_prefix('/').ok_or(NoMatch::Path)?;
        // Most paths have neither, so they contain no encoded character and no step.
        let is_plain = memchr::memchr2(b'%', b'.', path.as_bytes()).is_none();
        let mut segments = SmallVec::<[Cow<'_, str>; USUAL]>::new();
        for segment in template::segments(path) {
            if segments.len() == self.longest {
                return Err(NoMatch::Path);
            }
            let decoded = if is_plain {
                Some(Cow::Borrowed(segment))
            } else {
                decode(segment).filter(|segment| !steps_aside(segment))
            };
            segments.push(decoded.ok_or(NoMatch::Path)?);
        }
        let mut search =
            Search { routes: self, method, values: SmallVec::new(), allowed: Vec::new() };
        if let Some(route) = search.run(0, &segments) {
            return Ok(found(route, &search.values));
        }
        if search.allowed.is_empty() {
            Err(NoMatch::Path)
        } else {
            Err(NoMatch::Method(search.allowed.join(", ")))
        }
    }
}

impl Node {
    /// The child for a segment. If there is none yet, `next` becomes the child.
    fn child(&mut self, segment: &Segment, next: usize) -> usize {
        let parts = || {
            segment.iter().map(|piece| match piece {
                // The decoded text is compared as well.
                Piece::Text(text) => {
                    Part::Text(decode(text).map_or_else(|| text.clone(), Cow::into_owned))
                }
                Piece::Parameter(_) => Part::Value,
            })
        };
        let mut parts: Vec<Part> = parts().collect();
        match parts.as_mut_slice() {
            [] => *self.concrete.entry(String::new()).or_insert(next),
            [Part::Text(text)] => *self.concrete.entry(std::mem::take(text)).or_insert(next),
            [Part::Value] => *self.parameter.get_or_insert(next),
            _ => {
                if let Some((_, child)) = self.mixed.iter().find(|(known, _)| *known == parts) {
                    return *child;
                }
                self.mixed.push((parts, next));
                self.mixed.sort_by_key(|(parts, _)| std::cmp::Reverse(text_in(parts)));
                next
            }
        }
    }
}

fn text_in(parts: &[Part]) -> usize {
    parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum()
}

struct Search<'a> {
    routes: &'a Routes,
    method: &'a str,
    values: SmallVec<[&'a str; USUAL]>,
    allowed: Vec<&'a str>,
}

impl<'a> Search<'a> {
    /// The recursion is as deep as the longest template.
    fn run<'s: 'a>(&mut self, at: usize, segments: &'s [Cow<'_, str>]) -> Option<&'a Route> {
        let node = self.routes.nodes.get(at)?;
        let Some((segment, rest)) = segments.split_first() else { return self.end(node) };
        if let Some(&child) = node.concrete.get(segment.as_ref())
            && let Some(found) = self.run(child, rest)
        {
            return Some(found);
        }
        let known = self.values.len();
        for (parts, child) in &node.mixed {
            if fit(parts, segment, &mut self.values)
                && let Some(found) = self.run(*child, rest)
            {
                return Some(found);
            }
            self.values.truncate(known);
        }
        if let Some(child) = node.parameter.filter(|_| !segment.is_empty()) {
            self.values.push(segment);
            if let Some(found) = self.run(child, rest) {
                return Some(found);
            }
            self.values.truncate(known);
        }
        None
    }

    fn end(&mut self, node: &'a Node) -> Option<&'a Route> {
        let of = |method: &str| node.routes.iter().find(|route| route.method == method);
        let Some(route) =
            of(self.method).or_else(|| if self.method == "HEAD" { of("GET") } else { None })
        else {
            for method in node
                .routes
                .iter()
                .map(|route| route.method.as_str())
                .flat_map(|method| [method, "HEAD"])
            {
                let is_answered = method != "HEAD" || of("GET").is_some() || of("HEAD").is_some();
                if is_answered && !self.allowed.contains(&method) {
                    self.allowed.push(method);
                }
            }
            return None;
        };
        Some(route)
    }
}

/// Adds the values with which the parts match `segment`, each as short as possible and not empty.
fn fit<'a>(parts: &[Part], segment: &'a str, values: &mut SmallVec<[&'a str; USUAL]>) -> bool {
    let mut rest = segment;
    for (index, part) in parts.iter().enumerate() {
        let after = parts.get(index + 1..).unwrap_or_default();
        match part {
            Part::Text(text) => match rest.strip_prefix(text.as_str()) {
                Some(left) => rest = left,
                None => return false,
            },
            Part::Value => {
                let Some(end) = value_end(rest, after) else { return false };
                let (value, left) = rest.split_at(end);
                values.push(value);
                rest = left;
            }
        }
    }
    rest.is_empty()
}

/// The end of a value at the start of `rest`, before the following parts.
fn value_end(rest: &str, after: &[Part]) -> Option<usize> {
    let first = rest.chars().next()?.len_utf8();
    match after {
        [] => Some(rest.len()),
        [Part::Text(text)] => {
            rest.strip_suffix(text.as_str()).map(str::len).filter(|end| *end >= first)
        }
        [Part::Text(text), ..] => rest.get(first..)?.find(text.as_str()).map(|at| at + first),
        [Part::Value, ..] => Some(first),
    }
}

/// Percent-decodes a text. `None` if the encoding is invalid or the result is not UTF-8.
pub fn decode(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.as_bytes().contains(&b'%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (hex(rest.next()?)? << 4) | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a server could treat the segment as a step to another path, which the key may not be
/// allowed to call: `..` in any encoding.
fn steps_aside(segment: &str) -> bool {
    segment.split(['/', '\\']).any(|step| step == "." || step == "..")
}
