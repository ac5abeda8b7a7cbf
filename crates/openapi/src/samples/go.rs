use super::quote::{double, is_hidden};
use super::{Part, SampleBody, SampleRequest};

pub fn code(request: &SampleRequest) -> String {
    let mut imports = vec!["fmt", "io", "net/http"];
    let mut headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (double(name), double(value))).collect();
    let (before, body) = match &request.body {
        None => (String::new(), "nil"),
        Some(SampleBody::Parts(parts)) => {
            imports.extend(["bytes", "mime/multipart", "net/textproto"]);
            headers.push((double("Content-Type"), "form.FormDataContentType()".to_owned()));
            let parts: String = parts.iter().map(part).collect();
            (
                format!(
                    "\tbody := &bytes.Buffer{{}}\n\tform := multipart.NewWriter(body)\n{parts}\tform.Close()\n\n"
                ),
                "body",
            )
        }
        Some(_) => {
            imports.push("strings");
            (
                format!(
                    "\tbody := strings.NewReader({})\n",
                    raw(&request.written_body().unwrap_or_default())
                ),
                "body",
            )
        }
    };
    imports.sort_unstable();
    let imports: String = imports.iter().map(|name| format!("\t\"{name}\"\n")).collect();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("\trequest.Header.Set({name}, {value})\n"))
        .collect();
    let (method, url) = (double(&request.method), double(&request.url));
    let check = "\tif err != nil {\n\t\tpanic(err)\n\t}\n";
    format!(
        "package main\n\nimport (\n{imports})\n\nfunc main() {{\n{before}\trequest, err := http.NewRequest({method}, {url}, {body})\n{check}\
         {headers}\n\tresponse, err := http.DefaultClient.Do(request)\n{check}\tdefer response.Body.Close()\n\
         \tanswer, err := io.ReadAll(response.Body)\n{check}\tfmt.Println(response.Status)\n\tfmt.Println(string(answer))\n}}\n"
    )
}

fn part(part: &Part) -> String {
    let filename =
        part.filename.iter().map(|name| format!("; filename=\"{name}\"")).collect::<String>();
    let disposition = double(&format!("form-data; name=\"{}\"{filename}", part.name));
    let content_type = part
        .content_type
        .iter()
        .map(|kind| format!("\t\t\"Content-Type\": {{{}}},\n", double(kind)))
        .collect::<String>();
    format!(
        "\tif part, err := form.CreatePart(textproto.MIMEHeader{{\n\t\t\"Content-Disposition\": {{{disposition}}},\n{content_type}\t}}); \
         err == nil {{\n\t\tio.WriteString(part, {})\n\t}}\n",
        double(&part.value)
    )
}

/// A raw literal, which cannot contain a backtick.
fn raw(text: &str) -> String {
    let is_plain = text
        .chars()
        .all(|character| character != '`' && (character == '\n' || !is_hidden(character)));
    if is_plain { format!("`{text}`") } else { double(text) }
}
