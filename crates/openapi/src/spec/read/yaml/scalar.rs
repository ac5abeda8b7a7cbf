//! The meaning of a scalar in the core schema (YAML 1.2.2 §10.3), in which `yes`, `off` and dates
//! are text.

use std::borrow::Cow;

use saphyr_parser::Tag;
use serde_json::{Number, Value};

use super::is_plain;

pub enum Error {
    Tag(Tag),
    Value(String),
}

pub fn read(text: Cow<'_, str>, is_unquoted: bool, tag: Option<&Tag>) -> Result<Value, Error> {
    match tag {
        None if is_unquoted => plain(text),
        None => Ok(Value::String(text.into_owned())),
        Some(tag) if is_plain(tag) => Ok(Value::String(text.into_owned())),
        Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
            "str" | "binary" | "timestamp" => Ok(Value::String(text.into_owned())),
            "int" | "float" | "bool" | "null" => plain(text),
            _ => Err(Error::Tag(tag.clone())),
        },
        Some(tag) => Err(Error::Tag(tag.clone())),
    }
}

fn plain(text: Cow<'_, str>) -> Result<Value, Error> {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF")
        || matches!(text.as_ref(), ".nan" | ".NaN" | ".NAN")
    {
        return Err(Error::Value(format!(
            "`{text}` cannot be written in JSON; quote it if it is a string"
        )));
    }
    if let Some(number) = number(&text, unsigned) {
        return number.map(Value::Number).ok_or_else(|| {
            let start: String = text.chars().take(40).collect();
            Error::Value(format!("the number `{start}` is too large; quote it if it is a string"))
        });
    }
    Ok(Value::String(text.into_owned()))
}

/// `None` if it is not a number, `Some(None)` if it has no value in JSON.
fn number(text: &str, unsigned: &str) -> Option<Option<Number>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return is_number.then(|| u64::from_str_radix(digits, radix).ok().map(Number::from));
        }
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
        }
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty())
        || !are_digits(whole)
        || !are_digits(fraction)
        || exponent.is_some_and(|exponent| exponent.is_empty() || !are_digits(exponent))
    {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if mantissa.len() == unsigned.len() && !mantissa.contains('.') {
        if let Ok(value) = text.parse::<u64>() {
            return Some(Some(value.into()));
        }
        if let Ok(value) = text.parse::<i64>() {
            return Some(Some(value.into()));
        }
    }
    Some(text.parse::<f64>().ok().and_then(Number::from_f64))
}
