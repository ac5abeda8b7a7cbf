//! Strings by `format`.

use super::names;
use crate::mock::seed::Seed;

/// `None` for unknown formats.
pub fn of_format(
    format: &str,
    name: &str,
    seed: Seed,
    least: usize,
    most: usize,
) -> Option<String> {
    let number = seed.below(200);
    Some(match format {
        "date-time" => date_time(seed, least, most),
        "date" => names::date_time(seed).chars().take(10).collect(),
        "time" => format!("{:02}:{:02}:00Z", number % 24, number % 60),
        "partial-time" | "local-time" => format!("{:02}:{:02}:00", number % 24, number % 60),
        "duration" => format!("PT{}M", number + 1),
        "email" | "idn-email" => padded(names::email(seed), least, most),
        "uuid" | "guid" => uuid(seed),
        "uri" | "url" | "iri" => url(name, number, least),
        "uri-reference" | "iri-reference" | "uri-template" => format!("/resources/{number}"),
        "hostname" | "idn-hostname" | "domain" => format!("host{number}.example.com"),
        "ipv4" | "ip" => format!("192.0.2.{}", number + 1),
        "ipv6" => format!("2001:db8::{:x}", number + 1),
        "cidr" => format!("192.0.2.{number}/32"),
        "mac" => format!("00:00:5e:00:53:{number:02x}"),
        "json-pointer" => format!("/items/{number}"),
        "relative-json-pointer" => format!("{}/name", number % 3),
        "regex" => "^[a-z]+$".to_owned(),
        "byte" | "base64" | "base64url" => base64_text(seed, least, most),
        "binary" => super::text::words(name, seed, least, most),
        "password" => padded(format!("S3cret-{number:03}"), least, most),
        "phone" | "phone-number" | "tel" => names::phone(seed),
        "int64" | "int32" | "integer" => (number + 1).to_string(),
        "decimal" | "float" | "double" | "number" | "money" => {
            format!("{}.{:02}", number + 1, number % 100)
        }
        "currency" | "iso-4217" => names::currency(seed),
        "country" | "country-code" | "iso-3166-1-alpha-2" => "DE".to_owned(),
        "language" | "locale" | "bcp47" => "en-GB".to_owned(),
        "ulid" => "01J8ZQ4Y7M3K5N9P2R6T8V0W1X".to_owned(),
        "color" => format!("#{:06x}", seed.below(1 << 24)),
        "semver" => format!("1.{}.0", number % 10),
        "timezone" => "Europe/Berlin".to_owned(),
        _ => return None,
    })
}

/// With a fraction or an offset if the length requires it: `maxLength` is 20, 24, 25 …
fn date_time(seed: Seed, least: usize, most: usize) -> String {
    let text = names::date_time(seed);
    let ends = ["Z", "+00:00", ".000Z", ".000000Z", ".000000000Z", ".000+00:00", ".000000+00:00"];
    let start = text.trim_end_matches('Z');
    let mut forms = ends.iter().map(|end| format!("{start}{end}"));
    forms.find(|form| (least..=most).contains(&form.len())).unwrap_or(text)
}

fn padded(mut text: String, least: usize, most: usize) -> String {
    while text.len() < least {
        text.insert(0, 'a');
    }
    if text.len() > most && text.contains('@') {
        text = "a@b.co".to_owned();
    }
    text.chars().take(most).collect()
}

fn url(name: &str, number: u64, least: usize) -> String {
    let mut url = format!("https://example.com/{}/{number}", names::slug(name));
    while url.len() < least {
        url.push('0');
    }
    url
}

/// The form of version 4 (RFC 9562).
pub fn uuid(seed: Seed) -> String {
    let (high, low) = (seed.nth(1).number(), seed.nth(2).number());
    let variant = 0x8000 | ((low >> 48) & 0x3fff);
    format!(
        "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// Whole groups of four characters, so that the length matches if possible.
fn base64_text(seed: Seed, least: usize, most: usize) -> String {
    const GROUPS: [&str; 6] = ["c2Ft", "cGxl", "ZGF0", "YSBv", "ZiBp", "dGVt"];
    let groups = least.div_ceil(4).max(4).min(most / 4);
    (0..groups).filter_map(|turn| seed.nth(turn as u64).pick(&GROUPS)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_required_length() {
        for length in [20, 24, 25, 27, 29, 30, 32] {
            let text = date_time(Seed::of(&[b"a"]), length, length);
            assert_eq!(text.len(), length, "{text}");
            assert!(text.parse::<jiff::Timestamp>().is_ok(), "{text}");
        }
    }
}
