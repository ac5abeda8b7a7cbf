//! A call as a curl command.

use super::call::Call;

/// `text` as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The shell command for `call`; `origin` is the portal's URL.
pub fn curl(origin: &str, call: &Call) -> String {
    let mut out = String::from("curl");
    if call.method != "GET" {
        out.push_str(&format!(" -X {}", call.method));
    }
    out.push_str(&format!(" {}", quote(&format!("{origin}{}", call.url))));
    for (name, value) in &call.headers {
        out.push_str(&format!(" \\\n  -H {}", quote(&format!("{name}: {value}"))));
    }
    if let Some(body) = &call.body {
        out.push_str(&format!(" \\\n  --data {}", quote(body)));
    }
    out
}

/// A key with its secret part masked: `tg_sandbox_4eC39HqLyjWD_••••••••`.
pub fn mask(key: &str) -> String {
    match key.match_indices('_').nth(2) {
        Some((end, _)) => format!("{}_••••••••", &key[..end]),
        None if key.is_empty() => "tg_sandbox_…".to_owned(),
        None => "••••••••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_quotes_in_the_body() {
        let call = Call {
            method: "POST".into(),
            url: "/v1/customers".into(),
            headers: vec![("Authorization".into(), "Bearer k".into())],
            body: Some("{\"name\":\"O'Hara\"}".into()),
        };
        let want = "curl -X POST 'https://t.example/v1/customers' \\\n  -H 'Authorization: Bearer k' \\\n  --data '{\"name\":\"O'\\''Hara\"}'";
        assert_eq!(curl("https://t.example", &call), want);
    }

    #[test]
    fn only_the_visible_prefix_of_a_key_is_shown() {
        assert_eq!(mask("tg_live_4eC39HqLyjWD_secret"), "tg_live_4eC39HqLyjWD_••••••••");
        assert_eq!(mask("secret"), "••••••••");
    }
}
