use super::quote::{json, shell};
use super::{Part, SampleBody, SampleRequest};

pub fn code(request: &SampleRequest) -> String {
    // With only `-X HEAD`, curl waits for a body that is never sent.
    let method = match request.method.as_str() {
        "GET" => String::new(),
        "HEAD" => " --head".to_owned(),
        other => format!(" -X {other}"),
    };
    let mut lines = vec![format!("curl -i{method} {}", shell(&request.url))];
    lines.extend(
        request
            .headers
            .iter()
            .map(|(name, value)| format!("-H {}", shell(&format!("{name}: {value}")))),
    );
    match &request.body {
        None => {}
        // Unlike `-d`, this does not read a file if the text starts with `@`.
        Some(SampleBody::Json(value)) => lines.push(format!("--data-raw {}", shell(&json(value)))),
        Some(SampleBody::Text(text)) => lines.push(format!("--data-raw {}", shell(text))),
        Some(SampleBody::Parts(parts)) => lines.extend(parts.iter().map(part)),
    }
    lines.join(" \\\n  ") + "\n"
}

fn part(part: &Part) -> String {
    let Part { name, value, filename, content_type } = part;
    if filename.is_none() && content_type.is_none() {
        return format!("--form-string {}", shell(&format!("{name}={value}")));
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#));
    let content_type = content_type.iter().map(|name| format!(";type={name}")).collect::<String>();
    let filename =
        filename.iter().map(|name| format!(";filename={}", quoted(name))).collect::<String>();
    format!("-F {}", shell(&format!("{name}={}{content_type}{filename}", quoted(value))))
}
