//! Formatting of numbers, texts and URLs. The same on both targets: nothing here may depend on the
//! reader's locale, or the browser's output would differ from the server's HTML.

use serde::de::IgnoredAny;

pub use crate::types::link::encode;
pub use crate::types::number::{count, percent, plural};

/// `850 µs`, `12.4 ms`, `1.20 s`.
pub fn micros(us: u64) -> String {
    match us {
        0 => "< 1 µs".to_owned(),
        1..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

/// `812 B`, `1.5 kB`, `3.2 MB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} kB", n / 1_000, n % 1_000 / 100),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// `owner` as `Owner`, at the start of a line.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `Chrome on Linux`, from a user agent; unknown ones are shown unchanged.
pub fn browser(user_agent: &str) -> String {
    // The order matters: each of them also claims to be those below it.
    let names = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&names), find(&systems)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ if user_agent.is_empty() => "Unknown".to_owned(),
        _ => user_agent.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// JSON with line breaks, in the original order of members; `None` if it is not JSON.
pub fn indent_json(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut chars = text.chars().peekable();
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.peek().is_some_and(|c| c.is_ascii_whitespace()) {
                    chars.next();
                }
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    newline(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_have_their_unit() {
        assert_eq!(
            (micros(0), micros(850), micros(12_450), micros(1_200_000)),
            ("< 1 µs".into(), "850 µs".into(), "12.4 ms".into(), "1.20 s".into())
        );
        assert_eq!(
            (bytes(812), bytes(1_500), bytes(3_250_000)),
            ("812 B".into(), "1.5 kB".into(), "3.2 MB".into())
        );
    }

    #[test]
    fn browsers_are_called_by_their_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(
            (browser(chrome).as_str(), browser(safari).as_str()),
            ("Chrome on Linux", "Safari on iPhone")
        );
        assert_eq!(
            (browser("curl/8.5.0").as_str(), browser("").as_str()),
            ("curl/8.5.0", "Unknown")
        );
    }

    #[test]
    fn json_is_indented_without_touching_strings_or_order() {
        let text = r#"{"b":[1,{}],"a":"x{,:\"}","c":[ ]}"#;
        let want = "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": \"x{,:\\\"}\",\n  \"c\": []\n}";
        assert_eq!(indent_json(text).as_deref(), Some(want));
        assert_eq!(indent_json("<html>"), None);
    }
}
