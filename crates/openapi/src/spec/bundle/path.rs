//! References as paths of files. No path leaves the folder of the document.

use url::Url;

use crate::spec::route::decode;

const LEAVES: &str = "leads out of the folder of the document; move the file into the folder";

/// The path of the file that `location`, a reference without fragment in the file `base`, means.
///
/// # Errors
/// Why it is not followed, and what to do.
pub fn resolve(base: &str, location: &str, root: Option<&Url>) -> Result<String, String> {
    if let Some((scheme, _)) = location.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => below(location, root),
            _ => Err(format!("has the scheme `{scheme}:`; refer to the file by its relative path")),
        };
    }
    if location.starts_with("//") {
        return below(location, root);
    }
    if location.starts_with('/') {
        return match root {
            Some(_) => below(location, root),
            None => Err("is an absolute path; refer to the file by its relative path".to_owned()),
        };
    }
    let folder = base.rfind('/').and_then(|end| base.get(..=end)).unwrap_or_default();
    let location = location.split('?').next().unwrap_or_default();
    let location = decode(location)
        .ok_or_else(|| "is not percent-encoded correctly".to_owned())?
        .replace('\\', "/");
    if location.starts_with('/') || has_drive(&location) {
        return Err("is an absolute path; refer to the file by its relative path".to_owned());
    }
    normalised(&format!("{folder}{location}")).ok_or_else(|| LEAVES.to_owned())
}

/// The path without `.` and `..`. `None` if it leaves its folder or names no file.
pub fn normalised(path: &str) -> Option<String> {
    let mut steps = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step if step.chars().any(char::is_control) => return None,
            step => steps.push(step),
        }
    }
    (!steps.is_empty()).then(|| steps.join("/"))
}

/// The path of a URL below the folder of the root document's URL.
fn below(location: &str, root: Option<&Url>) -> Result<String, String> {
    const REFUSED: &str = "is on another server or in another folder than the document, from \
                           which nothing is fetched; save the file next to the document, and \
                           refer to it by its relative path";
    let Some(root) = root else { return Err(REFUSED.to_owned()) };
    let target = root.join(location).map_err(|error| format!("is not a URL: {error}"))?;
    let folder = root.path().rfind('/').and_then(|end| root.path().get(..=end)).unwrap_or("/");
    let rest = target.path().strip_prefix(folder).filter(|_| target.origin() == root.origin());
    let path = rest.and_then(decode).and_then(|path| normalised(&path.replace('\\', "/")));
    path.ok_or_else(|| REFUSED.to_owned())
}

/// RFC 3986 §3.1. One letter is a drive of Windows.
fn is_scheme(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `C:/` of Windows.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_under_all_its_spellings() {
        for location in [
            "b.yaml",
            "./b.yaml",
            "x/y/../../b.yaml",
            "../api/b.yaml",
            "x/..//b.yaml",
            "%62.yaml",
            ".\\b.yaml",
        ] {
            assert_eq!(
                resolve("api/a.yaml", location, None).as_deref(),
                Ok("api/b.yaml"),
                "{location}"
            );
        }
        assert_eq!(resolve("a.yaml", "c d/é.yaml", None).as_deref(), Ok("c d/é.yaml"));
        assert_eq!(resolve("x/y/a.yaml", "../../b.yaml", None).as_deref(), Ok("b.yaml"));
    }

    #[test]
    fn no_file_outside_of_the_folder_is_read() {
        for (location, reason) in [
            ("../b.yaml", "out of the folder"),
            ("x/../../b.yaml", "out of the folder"),
            ("..%2fb.yaml", "out of the folder"),
            ("..\\b.yaml", "out of the folder"),
            ("%2e%2e/b.yaml", "out of the folder"),
            ("/etc/passwd", "absolute"),
            ("\\etc\\passwd", "absolute"),
            ("%2fetc/passwd", "absolute"),
            ("C:/b.yaml", "absolute"),
            ("file:///etc/passwd", "`file:`"),
            ("FILE:b", "`FILE:`"),
            ("data:,x", "`data:`"),
            ("https://a.com/b.yaml", "another server"),
            ("//a.com/b.yaml", "another server"),
            ("b%00.yaml", "out of the folder"),
            ("%", "percent-encoded"),
            (".", "out of the folder"),
        ] {
            let found = resolve("a.yaml", location, None);
            assert!(
                found.as_ref().is_err_and(|found| found.contains(reason)),
                "{location}: {found:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn a_path_has_only_steps_downwards(
            base in "[a-c]{1,2}(/[a-c]){0,3}",
            location in "([.a-c/\\\\:?%]|%2e|%2f|%5c|https://a.com/v1/|\\.\\./){0,12}",
        ) {
            let root = Url::parse("https://a.com/v1/api.yaml").unwrap();
            for root in [None, Some(&root)] {
                if let Ok(path) = resolve(&base, &location, root) {
                    let is_step = |step: &str| !matches!(step, "" | "." | "..");
                    proptest::prop_assert!(path.split(['/', '\\']).all(is_step), "{}", path);
                }
            }
        }
    }

    #[test]
    fn urls_are_files_if_they_are_below_the_folder_of_the_root() {
        let root = Url::parse("https://a.com/v1/api.yaml?key=1").unwrap();
        for (location, path) in [
            ("https://a.com/v1/b.yaml", Some("b.yaml")),
            ("https://a.com:443/v1/x/b.yaml", Some("x/b.yaml")),
            ("/v1/b.yaml", Some("b.yaml")),
            ("//a.com/v1/b.yaml", Some("b.yaml")),
            ("c.yaml", Some("c.yaml")),
            ("http://a.com/v1/b.yaml", None),
            ("https://a.com/v2/b.yaml", None),
            ("https://a.com/v1/../b.yaml", None),
            ("https://b.com/v1/b.yaml", None),
            ("https://a.com@b.com/v1/b.yaml", None),
            ("/b.yaml", None),
            ("https://a.com/v1/%2e%2e/b.yaml", None),
            ("https://a.com/v1/..%2fb.yaml", None),
            ("../b.yaml", None),
        ] {
            assert_eq!(
                resolve("api.yaml", location, Some(&root)).ok().as_deref(),
                path,
                "{location}"
            );
        }
    }
}
