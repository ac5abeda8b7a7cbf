use super::SampleRequest;
use super::quote::php;

/// Only uses built-in functions, because many installations lack the curl extension.
pub fn code(request: &SampleRequest) -> String {
    let headers: String = request
        .written_headers()
        .iter()
        .map(|(name, value)| format!("        {},\n", php(&format!("{name}: {value}"))))
        .collect();
    let headers =
        if headers.is_empty() { headers } else { format!("    'header' => [\n{headers}    ],\n") };
    let body = request
        .written_body()
        .map(|text| format!("    'content' => {},\n", php(&text)))
        .unwrap_or_default();
    let (method, url) = (php(&request.method), php(&request.url));
    format!(
        "<?php\n\n$context = stream_context_create(['http' => [\n    'method' => {method},\n{headers}{body}    \
         'follow_location' => 0,\n    'ignore_errors' => true, // 4xx and 5xx have a body too.\n]]);\n\
         $response = fopen({url}, 'r', false, $context);\nif ($response === false) {{\n    exit(1);\n}}\n\n\
         echo stream_get_meta_data($response)['wrapper_data'][0], \"\\n\";\necho stream_get_contents($response), \"\\n\";\n"
    )
}
