//! Form bodies with brackets, parsed as strictly as in Stripe.

use super::error::Failure;
use super::money::Exact;
use serde_json::{Map, Value, json};

/// The type of a parameter.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A string of at most this many characters.
    Text(usize),
    /// A whole number between two bounds, both inclusive.
    Int(i64, i64),
    /// A decimal of minor units with at most twelve decimal places.
    Decimal,
    Bool,
    /// Seconds since 1970.
    Time,
    /// Seconds since 1970, or the word `now` (or another given word).
    TimeOr(&'static [&'static str]),
    Enum(&'static [&'static str]),
    /// A tier's bound: a number or `inf`.
    UpTo,
    /// Keys and texts that the client chooses. An empty text removes a key.
    Map,
    List(&'static Kind),
    Object(&'static [Param]),
    /// The inner type, or an empty string that unsets the field.
    Clear(&'static Kind),
    /// A timestamp, or an object with `gt`, `gte`, `lt`, `lte`.
    Range,
}

#[derive(Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

pub const fn must(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

pub const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

pub const ID: Kind = Kind::Text(255);
pub const TEXT: Kind = Kind::Text(5000);
pub const URL: Kind = Kind::Text(5000);
pub const QUANTITY: Kind = Kind::Int(0, 999_999_999_999);
pub const AMOUNT: Kind = Kind::Int(0, 99_999_999_999);
pub const LIMIT: Param = may("limit", Kind::Int(1, 100));
pub const AFTER: Param = may("starting_after", ID);
pub const BEFORE: Param = may("ending_before", ID);
pub const METADATA: Param = may("metadata", Kind::Clear(&Kind::Map));

/// Stripe allows at most 50 metadata keys of 40 characters with values of 500.
const MAX_KEYS: usize = 50;
const MAX_KEY: usize = 40;
const MAX_VALUE: usize = 500;
/// Well above any real request, so that a hostile body cannot grow or nest without a limit.
const MAX_PAIRS: usize = 1000;
const MAX_DEPTH: usize = 8;
const RANGE: &[Param] =
    &[may("gt", Kind::Time), may("gte", Kind::Time), may("lt", Kind::Time), may("lte", Kind::Time)];
const EXPAND: Param = may("expand", Kind::List(&Kind::Text(200)));

enum Node {
    Leaf(String),
    Branch(Vec<(String, Node)>),
}

/// Parses a form or query, and checks it against the parameters of an endpoint.
pub fn read(form: &str, known: &[Param]) -> Result<Value, Failure> {
    let tree = parse(form)?;
    let mut all = known.to_vec();
    all.push(EXPAND);
    object(tree, &all, "").map_err(Failure::before_running)
}

fn parse(form: &str) -> Result<Vec<(String, Node)>, Failure> {
    let mut root = Vec::new();
    for (count, (key, value)) in url::form_urlencoded::parse(form.as_bytes()).enumerate() {
        let path = path(&key).filter(|path| count < MAX_PAIRS && path.len() <= MAX_DEPTH);
        let Some(path) = path else {
            return Err(Failure::invalid(format!(
                "Invalid request: unable to parse parameter {key}"
            ))
            .before_running());
        };
        insert(&mut root, &path, &value, &key)?;
    }
    Ok(root)
}

/// `a[b][0]` becomes `a`, `b`, `0`.
fn path(key: &str) -> Option<Vec<&str>> {
    let Some(open) = key.find('[') else {
        return (!key.is_empty() && !key.contains(']')).then(|| vec![key]);
    };
    let (head, rest) = key.split_at(open);
    let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
    let mut path = vec![head];
    path.extend(inner.split("]["));
    let sound = !head.is_empty() && path.iter().all(|part| !part.contains(['[', ']']));
    sound.then_some(path)
}

fn insert(
    branch: &mut Vec<(String, Node)>,
    path: &[&str],
    value: &str,
    key: &str,
) -> Result<(), Failure> {
    let clash = || {
        Failure::invalid(format!("Invalid request: parameter {key} was given more than once"))
            .param(key)
            .before_running()
    };
    let Some((name, rest)) = path.split_first() else { return Err(clash()) };
    let name = if name.is_empty() { place(branch, rest) } else { (*name).to_owned() };
    let position = branch.iter().position(|(have, _)| *have == name);
    match (rest.is_empty(), position) {
        (true, None) => branch.push((name, Node::Leaf(value.into()))),
        (false, None) => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, value, key)?;
            branch.push((name, Node::Branch(inner)));
        }
        (false, Some(at)) => match &mut branch[at].1 {
            Node::Branch(inner) => insert(inner, rest, value, key)?,
            Node::Leaf(_) => return Err(clash()),
        },
        (true, Some(_)) => return Err(clash()),
    }
    Ok(())
}

/// `a[][x]` continues the last element of `a` until it has an `x`, then starts the next one.
fn place(branch: &[(String, Node)], rest: &[&str]) -> String {
    let next = branch.len().to_string();
    let (Some((name, Node::Branch(fields))), Some(field)) = (branch.last(), rest.first()) else {
        return next;
    };
    if fields
        .iter()
        .any(|(have, node)| have == field && !(rest.len() > 1 && matches!(node, Node::Branch(_))))
    {
        next
    } else {
        name.clone()
    }
}

fn object(given: Vec<(String, Node)>, known: &[Param], at: &str) -> Result<Value, Failure> {
    let mut out = Map::new();
    for (name, node) in given {
        let full = join(at, &name);
        let param = known
            .iter()
            .find(|param| param.name == name)
            .ok_or_else(|| Failure::unknown_parameter(&full))?;
        out.insert(name, value(node, &param.kind, &full)?);
    }
    match known.iter().find(|param| param.required && !out.contains_key(param.name)) {
        Some(param) => Err(Failure::missing_parameter(&join(at, param.name))),
        None => Ok(Value::Object(out)),
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.into() } else { format!("{at}[{name}]") }
}

fn value(node: Node, kind: &Kind, at: &str) -> Result<Value, Failure> {
    match (kind, node) {
        (Kind::Clear(_), Node::Leaf(text)) if text.is_empty() => Ok(Value::Null),
        (Kind::Clear(inner), node) => value(node, inner, at),
        (Kind::Object(known), Node::Branch(fields)) => object(fields, known, at),
        (Kind::Range, Node::Branch(fields)) => object(fields, RANGE, at),
        (Kind::Range, node) => value(node, &Kind::Time, at),
        (Kind::List(inner), Node::Branch(items)) => list(items, inner, at),
        (Kind::Map, Node::Branch(fields)) => map(fields, at),
        (Kind::Object(_), Node::Leaf(_)) => Err(Failure::invalid("Invalid object").param(at)),
        (Kind::Map, Node::Leaf(_)) => Err(Failure::invalid("Invalid hash").param(at)),
        (Kind::List(_), Node::Leaf(_)) => Err(Failure::invalid("Invalid array").param(at)),
        (_, Node::Branch(_)) => {
            Err(Failure::invalid("Invalid string: must not be an object").param(at))
        }
        (_, Node::Leaf(text)) if text.is_empty() => {
            let message = format!(
                "You passed an empty string for '{at}'. We assume empty values are an attempt to unset a field; however '{at}' cannot be unset. You should remove '{at}' from your request or supply a non-empty value."
            );
            Err(Failure::invalid(message).code("parameter_invalid_empty").param(at))
        }
        (kind, Node::Leaf(text)) => scalar(text, kind, at),
    }
}

fn scalar(text: String, kind: &Kind, at: &str) -> Result<Value, Failure> {
    let whole = |text: &str| text.parse::<i64>().ok().filter(|_| !text.starts_with('+'));
    let no_integer = || {
        Failure::invalid(format!("Invalid integer: {text}"))
            .code("parameter_invalid_integer")
            .param(at)
    };
    match kind {
        Kind::Text(most) if text.chars().count() > *most => {
            Err(Failure::invalid(format!("Invalid string: must be at most {most} characters"))
                .code("parameter_invalid_string")
                .param(at))
        }
        Kind::Int(least, most) => match whole(&text).ok_or_else(no_integer)? {
            number if number < *least => Err(Failure::invalid(format!(
                "This value must be greater than or equal to {least}."
            ))
            .code("parameter_invalid_integer")
            .param(at)),
            number if number > *most => {
                Err(Failure::invalid(format!("This value must be less than or equal to {most}."))
                    .code("parameter_invalid_integer")
                    .param(at))
            }
            number => Ok(json!(number)),
        },
        Kind::Decimal => match Exact::parse(&text) {
            Some(exact) => Ok(json!(exact.text())),
            None => Err(Failure::invalid(format!(
                "Invalid decimal: {text}; must contain at maximum twelve decimal places"
            ))
            .param(at)),
        },
        Kind::Bool => match text.as_str() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err(Failure::invalid(format!("Invalid boolean: {text}")).param(at)),
        },
        Kind::Time => {
            whole(&text).filter(|time| *time >= 0).map(|time| json!(time)).ok_or_else(no_integer)
        }
        Kind::TimeOr(words) if words.contains(&text.as_str()) => Ok(json!(text)),
        Kind::TimeOr(_) => {
            whole(&text).filter(|time| *time >= 0).map(|time| json!(time)).ok_or_else(no_integer)
        }
        Kind::Enum(words) if !words.contains(&text.as_str()) => {
            let name = at.rsplit('[').next().unwrap_or(at).trim_end_matches(']');
            Err(Failure::invalid(format!("Invalid {name}: must be one of {}", words.join(", ")))
                .param(at))
        }
        Kind::UpTo if text == "inf" => Ok(json!("inf")),
        Kind::UpTo => {
            whole(&text).filter(|bound| *bound > 0).map(|bound| json!(bound)).ok_or_else(no_integer)
        }
        _ => Ok(json!(text)),
    }
}

/// Elements in the order of their numbers. Stripe refuses other indexes.
fn list(items: Vec<(String, Node)>, kind: &Kind, at: &str) -> Result<Value, Failure> {
    let mut numbered = Vec::new();
    for (index, node) in items {
        let number: usize =
            index.parse().map_err(|_| Failure::invalid("Invalid array").param(at))?;
        numbered.push((number, value(node, kind, &format!("{at}[{index}]"))?));
    }
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered.into_iter().map(|(_, value)| value).collect())
}

fn map(fields: Vec<(String, Node)>, at: &str) -> Result<Value, Failure> {
    let mut out = Map::new();
    for (key, node) in fields {
        let Node::Leaf(text) = node else {
            return Err(
                Failure::invalid("Invalid string: values must be strings").param(join(at, &key))
            );
        };
        if key.chars().count() > MAX_KEY || text.chars().count() > MAX_VALUE {
            return Err(Failure::invalid(format!(
                "Keys have at most {MAX_KEY} characters and values at most {MAX_VALUE}."
            ))
            .param(join(at, &key)));
        }
        out.insert(key, json!(text));
    }
    if out.len() > MAX_KEYS {
        return Err(
            Failure::invalid(format!("You may only have up to {MAX_KEYS} keys in {at}.")).param(at)
        );
    }
    Ok(Value::Object(out))
}
