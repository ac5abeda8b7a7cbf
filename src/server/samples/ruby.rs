use super::quote::ruby;
use super::{Part, SampleBody, SampleRequest};

pub fn code(request: &SampleRequest) -> String {
    let headers: String = request.headers.iter().map(|(name, value)| format!("request[{}] = {}\n", ruby(name), ruby(value))).collect();
    let body = match &request.body {
        None => String::new(),
        Some(SampleBody::Parts(parts)) => {
            let parts: String = parts.iter().map(part).collect();
            format!("request.set_form([\n{parts}], 'multipart/form-data')\n")
        }
        Some(_) => format!("request.body = {}\n", ruby(&request.written_body().unwrap_or_default())),
    };
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

fn part(part: &Part) -> String {
    let Part { name, value, filename, content_type } = part;
    let filename = filename.iter().map(|name| format!("filename: {}", ruby(name)));
    let options: Vec<String> = filename.chain(content_type.iter().map(|kind| format!("content_type: {}", ruby(kind)))).collect();
    let options = if options.is_empty() { String::new() } else { format!(", {{ {} }}", options.join(", ")) };
    format!("  [{}, {}{options}],\n", ruby(name), ruby(value))
}
