use super::SampleRequest;
use super::quote::{java, lines};

/// Runs without a build, as `java Sample.java`, with Java 11 and later.
pub fn code(request: &SampleRequest) -> String {
    let headers: String = request
        .written_headers()
        .iter()
        .map(|(name, value)| format!("            .header({}, {})\n", java(name), java(value)))
        .collect();
    let body = match request.written_body() {
        None => "HttpRequest.BodyPublishers.noBody()".to_owned(),
        Some(text) => format!(
            "HttpRequest.BodyPublishers.ofString({})",
            lines(&text, java, "\n                + ")
        ),
    };
    let (method, url) = (java(&request.method), java(&request.url));
    format!(
        "import java.net.URI;\nimport java.net.http.HttpClient;\nimport java.net.http.HttpRequest;\nimport java.net.http.HttpResponse;\n\n\
         public class Sample {{\n    public static void main(String[] args) throws Exception {{\n        \
         HttpRequest request = HttpRequest.newBuilder(URI.create({url}))\n{headers}            .method({method}, {body})\n            \
         .build();\n        HttpResponse<String> response = HttpClient.newHttpClient()\n            \
         .send(request, HttpResponse.BodyHandlers.ofString());\n\n        System.out.println(response.statusCode());\n        \
         System.out.println(response.body());\n    }}\n}}\n"
    )
}
