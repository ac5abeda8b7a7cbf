use super::SampleRequest;
use super::quote::ruby;

/// The parts of a form are written out, because the library only sets a type for files.
pub fn code(request: &SampleRequest) -> String {
    let headers: String = request
        .written_headers()
        .iter()
        .map(|(name, value)| format!("request[{}] = {}\n", ruby(name), ruby(value)))
        .collect();
    let body = request
        .written_body()
        .map(|text| format!("request.body = {}\n", ruby(&text)))
        .unwrap_or_default();
    let mut method = request.method.to_lowercase();
    if let Some(initial) = method.get_mut(..1) {
        initial.make_ascii_uppercase();
    }
    let url = ruby(&request.url);
    format!(
        "require 'net/http'\n\nuri = URI({url})\nrequest = Net::HTTP::{method}.new(uri)\n{headers}{body}\n\
         response = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') do |http|\n  http.request(request)\nend\n\n\
         puts response.code\nputs response.body\n"
    )
}
