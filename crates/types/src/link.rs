//! Links to pages, in pages and in mails.

use super::environment::Environment;

/// A link to `path` that keeps `env`. The sandbox is the default and is left out.
pub fn env_href(path: &str, env: Environment) -> String {
    match env {
        Environment::Sandbox => path.to_owned(),
        Environment::Live => {
            format!("{path}{}env=live", if path.contains('?') { '&' } else { '?' })
        }
    }
}

/// `text` as one component of a path or query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_components_are_encoded() {
        assert_eq!(encode("a b/ü&=~"), "a%20b%2F%C3%BC%26%3D~");
    }
}
