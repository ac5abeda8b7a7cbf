//! The path for the upstream: its base path and the rest of the caller's, which must not leave it.

use axum::http::Uri;

use super::fault::Error;

/// How often a path may be encoded: some servers decode repeatedly.
const ENCODED: usize = 3;

/// `base` has no trailing slash; `rest` is empty or starts with one, apart from its query.
///
/// # Errors
/// [`Error::Path`] for a path that some server could interpret as one outside of `base`.
pub fn join(base: &str, rest: &str) -> Result<Uri, Error> {
    let (path, query) =
        rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    if !(path.is_empty() || path.starts_with('/')) || path.starts_with("//") || leads_out(path) {
        return Err(Error::Path);
    }
    let mut whole = String::with_capacity(base.len() + rest.len() + 1);
    whole.push_str(base);
    whole.push_str(path);
    if whole.is_empty() {
        whole.push('/');
    }
    if let Some(query) = query {
        whole.push('?');
        whole.push_str(query);
    }
    Uri::try_from(whole).map_err(|_| Error::Url)
}

fn leads_out(path: &str) -> bool {
    if !path.bytes().any(|b| matches!(b, b'%' | b'\\')) {
        return has_dots(path.as_bytes());
    }
    let (mut bytes, mut is_whole) = decode(path.as_bytes());
    for _ in 0..ENCODED {
        if !is_whole || bytes.iter().any(u8::is_ascii_control) || has_dots(&bytes) {
            return true;
        }
        let (again, _) = decode(&bytes);
        if again == bytes {
            break;
        }
        // After a second decoding any text is possible: a `%` in it may be literal.
        (bytes, is_whole) = (again, true);
    }
    has_dots(&bytes)
}

/// Whether a segment is `.` or `..`, also before a `;`, where some servers truncate it.
fn has_dots(path: &[u8]) -> bool {
    path.split(|b| matches!(b, b'/' | b'\\')).any(|segment| {
        let name = segment.split(|b| *b == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    })
}

/// The decoded bytes, and whether each `%` preceded two digits; one that did not is unchanged.
fn decode(bytes: &[u8]) -> (Vec<u8>, bool) {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let (mut at, mut is_whole) = (0, true);
    while let Some(&byte) = bytes.get(at) {
        let encoded = (byte == b'%').then(|| Some(digit(at + 1)? * 16 + digit(at + 2)?)).flatten();
        match encoded.map(u8::try_from) {
            Some(Ok(encoded)) => {
                decoded.push(encoded);
                at += 3;
            }
            _ => {
                is_whole &= byte != b'%';
                decoded.push(byte);
                at += 1;
            }
        }
    }
    (decoded, is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, rest: &str) -> Option<String> {
        join(base, rest).ok().map(|uri| uri.to_string())
    }

    #[test]
    fn the_base_comes_first_and_the_query_is_kept_as_it_is() {
        for (base, rest, whole) in [
            ("", "", "/"),
            ("", "/", "/"),
            ("", "?a=b", "/?a=b"),
            ("/v2", "", "/v2"),
            ("/v2", "/", "/v2/"),
            ("/v2", "/pets/1?x=../..&y=%2e%2e/", "/v2/pets/1?x=../..&y=%2e%2e/"),
            ("/v2", "/pets?", "/v2/pets?"),
            ("/v2", "/a%2Fb/c%20d/%C3%A9", "/v2/a%2Fb/c%20d/%C3%A9"),
            ("/v2", "/...", "/v2/..."),
            ("/v2", "/a..b/.c/d.", "/v2/a..b/.c/d."),
            ("/v2", "/pets;x=1/@me:8080", "/v2/pets;x=1/@me:8080"),
            ("/v2", "/a//b", "/v2/a//b"),
            ("/v2", "/100%25/%2525zz", "/v2/100%25/%2525zz"),
        ] {
            assert_eq!(joined(base, rest).as_deref(), Some(whole), "{base} {rest}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_base() {
        for rest in [
            "/..",
            "/../admin",
            "/a/../../admin",
            "/./a",
            "/a/.",
            "/%2e%2e/admin",
            "/%2E./admin",
            "/a/..%2fadmin",
            "/a%2f..%2f..%2fadmin",
            "/a%5c..%5c..%5cadmin",
            "/a\\..\\admin",
            "/%252e%252e/admin",
            "/%25252e%25252e/admin",
            "/%252e%252e/100%25",
            "/..;/admin",
            "/..;x=1/admin",
            "/%2e%2e%3b/admin",
            "//evil.example.com/",
            "@evil.example.com/",
            ":8080/",
            ".evil.example.com/",
            "http://evil.example.com/",
            "/a%00b",
            "/a%0d%0aHost:%20evil",
            "/%",
            "/%z0",
            "/%2",
        ] {
            assert_eq!(joined("/v2", rest), None, "{rest}");
            assert_eq!(joined("", rest), None, "{rest}");
        }
    }
}
