use super::quote::{is_hidden, rust};
use super::{Part, SampleBody, SampleRequest};

pub fn code(request: &SampleRequest) -> String {
    let headers: String = request
        .headers
        .iter()
        .map(|(name, value)| format!("        .header({}, {})\n", rust(name), rust(value)))
        .collect();
    let (feature, body) = match &request.body {
        None => ("", String::new()),
        Some(SampleBody::Parts(parts)) => {
            let parts: Vec<String> = parts.iter().map(part).collect();
            (
                ", \"multipart\"",
                format!(
                    "        .multipart(\n            reqwest::blocking::multipart::Form::new()\n{}        )\n",
                    parts.concat()
                ),
            )
        }
        Some(_) => {
            ("", format!("        .body({})\n", raw(&request.written_body().unwrap_or_default())))
        }
    };
    let (method, url) = (&request.method, rust(&request.url));
    format!(
        "// Cargo.toml:\n// [dependencies]\n// reqwest = {{ version = \"0.13\", features = [\"blocking\"{feature}] }}\n\n\
         fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    let response = reqwest::blocking::Client::new()\n        \
         .request(reqwest::Method::{method}, {url})\n{headers}{body}        .send()?;\n\n    println!(\"{{}}\", response.status());\n    \
         println!(\"{{}}\", response.text()?);\n    Ok(())\n}}\n"
    )
}

fn part(part: &Part) -> String {
    let Part { name, value, filename, content_type } = part;
    let (name, value) = (rust(name), rust(value));
    if filename.is_none() && content_type.is_none() {
        return format!("                .text({name}, {value})\n");
    }
    let filename =
        filename.iter().map(|name| format!(".file_name({})", rust(name))).collect::<String>();
    let content_type =
        content_type.iter().map(|kind| format!(".mime_str({})?", rust(kind))).collect::<String>();
    format!(
        "                .part({name}, reqwest::blocking::multipart::Part::text({value}){filename}{content_type})\n"
    )
}

/// A raw literal with as many `#` as the text requires.
fn raw(text: &str) -> String {
    if text.chars().any(|character| character != '\n' && is_hidden(character)) {
        return rust(text);
    }
    let hashes = (1..)
        .map(|count| "#".repeat(count))
        .find(|hashes| !text.contains(&format!("\"{hashes}")))
        .unwrap_or_default();
    format!("r{hashes}\"{text}\"{hashes}")
}
