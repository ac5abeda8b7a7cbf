use serde_json::Value;

use super::quote::{double, indented, json};
use super::{Part, SampleBody, SampleRequest};

/// Runs as a script and as a module, in Node 18 and later and in a browser. So it has no `await`
/// outside a function.
pub fn code(request: &SampleRequest) -> String {
    let mut form = String::new();
    let mut fields = vec![format!("    method: {},\n", double(&request.method))];
    if !request.headers.is_empty() {
        let headers: String = request
            .headers
            .iter()
            .map(|(name, value)| format!("      {}: {},\n", double(name), double(value)))
            .collect();
        fields.push(format!("    headers: {{\n{headers}    }},\n"));
    }
    match &request.body {
        None => {}
        Some(SampleBody::Json(value)) if is_literal(value) => {
            fields.push(format!("    body: JSON.stringify({}),\n", indented(&json(value), 4)));
        }
        Some(SampleBody::Json(value)) => {
            fields.push(format!("    body: {},\n", double(&json(value))))
        }
        Some(SampleBody::Text(text)) => fields.push(format!("    body: {},\n", double(text))),
        Some(SampleBody::Parts(parts)) => {
            let parts: String = parts.iter().map(part).collect();
            form = format!("  const form = new FormData();\n{parts}\n");
            fields.push("    body: form,\n".to_owned());
        }
    }
    let (url, fields) = (double(&request.url), fields.concat());
    format!(
        "async function main() {{\n{form}  const response = await fetch({url}, {{\n{fields}  }});\n\n  \
         console.log(response.status);\n  console.log(await response.text());\n}}\n\nmain();\n"
    )
}

fn part(part: &Part) -> String {
    let Part { name, value, filename, content_type } = part;
    let value = double(value);
    let value = match (filename, content_type) {
        (None, None) => value,
        (_, None) => format!("new Blob([{value}])"),
        (_, Some(kind)) => format!("new Blob([{value}], {{ type: {} }})", double(kind)),
    };
    let filename = filename.iter().map(|name| format!(", {}", double(name))).collect::<String>();
    format!("  form.append({}, {value}{filename});\n", double(name))
}

/// Whether JavaScript reads the literal as the same value: integers above 2^53 lose digits, and
/// `__proto__` in a literal is not a field.
fn is_literal(value: &Value) -> bool {
    const SAFE: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => number
            .as_u64()
            .or(number.as_i64().map(i64::unsigned_abs))
            .is_none_or(|size| size <= SAFE),
        Value::Array(items) => items.iter().all(is_literal),
        Value::Object(fields) => {
            fields.iter().all(|(name, field)| name != "__proto__" && is_literal(field))
        }
        _ => true,
    }
}
