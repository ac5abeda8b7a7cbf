use super::quote::{double, indented, lines, python};
use super::{SampleBody, SampleRequest};

/// Only uses the standard library.
pub fn code(request: &SampleRequest) -> String {
    // On a redirect, the library would send all other headers to the new address.
    let (secret, plain): (Vec<_>, Vec<_>) =
        request.written_headers().into_iter().partition(|(name, _)| name == "Authorization");
    let headers: String = plain
        .iter()
        .map(|(name, value)| format!("        {}: {},\n", double(name), double(value)))
        .collect();
    let secret: String = secret
        .iter()
        .map(|(name, value)| {
            format!("request.add_unredirected_header({}, {})\n", double(name), double(value))
        })
        .collect();
    let headers =
        if headers.is_empty() { headers } else { format!("    headers={{\n{headers}    }},\n") };
    let (import, data) = match &request.body {
        None => ("", String::new()),
        Some(SampleBody::Json(value)) => (
            "import json\n",
            format!("    data=json.dumps({}).encode(),\n", indented(&python(value, 0), 4)),
        ),
        Some(_) => {
            let text = lines(&request.written_body().unwrap_or_default(), double, "\n        ");
            (
                "",
                if text.contains('\n') {
                    format!("    data=(\n        {text}\n    ).encode(),\n")
                } else {
                    format!("    data={text}.encode(),\n")
                },
            )
        }
    };
    let (method, url) = (double(&request.method), double(&request.url));
    format!(
        "{import}import urllib.error\nimport urllib.request\n\nrequest = urllib.request.Request(\n    {url},\n    method={method},\n\
         {headers}{data})\n{secret}try:\n    response = urllib.request.urlopen(request)\nexcept urllib.error.HTTPError as error:\n    \
         response = error  # 4xx and 5xx have a status and a body too.\n\nprint(response.status)\nprint(response.read().decode(errors=\"replace\"))\n"
    )
}
