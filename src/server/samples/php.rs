use super::SampleRequest;
use super::quote::php;

pub fn code(request: &SampleRequest) -> String {
    let headers: String =
        request.written_headers().iter().map(|(name, value)| format!("        {},\n", php(&format!("{name}: {value}")))).collect();
    let headers = if headers.is_empty() { headers } else { format!("    CURLOPT_HTTPHEADER => [\n{headers}    ],\n") };
    let body = request.written_body().map(|text| format!("    CURLOPT_POSTFIELDS => {},\n", php(&text))).unwrap_or_default();
    // Asked for HEAD by name alone, curl waits for a body that does not come.
    let no_body = if request.method == "HEAD" { "    CURLOPT_NOBODY => true,\n" } else { "" };
    let (method, url) = (php(&request.method), php(&request.url));
    format!(
        "<?php\n\n$request = curl_init({url});\ncurl_setopt_array($request, [\n    CURLOPT_CUSTOMREQUEST => {method},\n{no_body}    \
         CURLOPT_RETURNTRANSFER => true,\n{headers}{body}]);\n$answer = curl_exec($request);\nif ($answer === false) {{\n    \
         throw new Exception(curl_error($request));\n}}\n\necho curl_getinfo($request, CURLINFO_RESPONSE_CODE), \"\\n\";\necho $answer, \"\\n\";\n"
    )
}
