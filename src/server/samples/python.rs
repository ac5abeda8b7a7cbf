use super::quote::{double, indented, python};
use super::{SampleBody, SampleRequest};

/// With the standard library alone.
pub fn code(request: &SampleRequest) -> String {
    let headers: String =
        request.written_headers().iter().map(|(name, value)| format!("        {}: {},\n", double(name), double(value))).collect();
    let headers = if headers.is_empty() { headers } else { format!("    headers={{\n{headers}    }},\n") };
    let (import, data) = match &request.body {
        None => ("", String::new()),
        Some(SampleBody::Json(value)) => ("import json\n", format!("    data=json.dumps({}).encode(),\n", indented(&python(value, 0), 4))),
        Some(_) => ("", format!("    data={}.encode(),\n", lines(&request.written_body().unwrap_or_default()))),
    };
    let (method, url) = (double(&request.method), double(&request.url));
    format!(
        "{import}import urllib.error\nimport urllib.request\n\nrequest = urllib.request.Request(\n    {url},\n    method={method},\n\
         {headers}{data})\ntry:\n    response = urllib.request.urlopen(request)\nexcept urllib.error.HTTPError as error:\n    \
         response = error  # 4xx and 5xx have a status and a body too.\n\nprint(response.status)\nprint(response.read().decode())\n"
    )
}

/// One literal a line.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split_inclusive('\n').map(|line| format!("        {}", double(line))).collect();
    match lines.as_slice() {
        [] => "\"\"".to_owned(),
        [line] => line.trim_start().to_owned(),
        lines => format!("(\n{}\n    )", lines.join("\n")),
    }
}
