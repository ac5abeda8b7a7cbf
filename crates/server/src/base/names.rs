//! Names that one person chooses and others read: of people, organisations and keys. They appear on
//! pages, in mails and in mail headers of people who do not know the author. So a name has no link,
//! no invisible characters, and nothing that changes the direction or the line of the text around
//! it. Forms, `/v1`, the admin API and the command line all use these checks.

use tollgate_types::error::FieldError;
use unicode_normalization::UnicodeNormalization;

/// The maximum length of a name in characters, after normalisation.
pub const MAX: usize = 80;
/// Combining marks per letter. More of them cover the lines above and below.
const MAX_MARKS: usize = 4;

/// Generic top-level domains that mail programs turn into links. Those of countries are in
/// [`COUNTRIES`].
const GENERIC: [&str; 60] = [
    "academy", "aero", "agency", "app", "art", "asia", "bank", "bid", "biz", "blog", "bot",
    "business", "careers", "cash", "center", "chat", "click", "cloud", "club", "com", "company",
    "credit", "data", "dev", "digital", "edu", "email", "example", "finance", "fun", "global",
    "gov", "group", "help", "host", "info", "int", "link", "live", "login", "mil", "mobi", "money",
    "name", "net", "online", "org", "page", "pay", "pro", "shop", "site", "space", "store",
    "support", "tech", "top", "web", "work", "xyz",
];

/// Country-code top-level domains (IANA), two letters each.
const COUNTRIES: &str = "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch \
    ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl \
    gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz \
    la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no \
    np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st \
    su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Empty,
    TooLong,
    /// Line breaks and other control characters.
    Control,
    /// Characters that are invisible or change the direction of the text.
    Hidden,
    Link,
}

impl Fault {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Control | Self::Hidden => "invalid",
            Self::Link => "contains_link",
        }
    }

    pub fn message(self) -> String {
        match self {
            Self::Empty => "Enter a name.".into(),
            Self::TooLong => format!("A name may have at most {MAX} characters."),
            Self::Control => "A name must be one line of text. Remove line breaks, tabs and other control characters.".into(),
            Self::Hidden => {
                "The name has characters that are invisible or change the direction of text. Type the name again instead of pasting it."
                    .into()
            }
            Self::Link => {
                "A name must not contain a link or a domain name, because names appear in mails. Write “Example” instead of “example.com”."
                    .into()
            }
        }
    }

    pub fn at(self, field: &str) -> FieldError {
        FieldError::new(field, self.code(), self.message())
    }
}

/// Parses a name: trimmed, in Unicode's composed form (NFC).
///
/// # Errors
/// For the first problem that is found.
pub fn check(text: &str) -> Result<String, Fault> {
    // Normalisation can make a text up to three times as long; much longer texts are rejected
    // without it.
    if text.len() > 16 * MAX {
        return Err(Fault::TooLong);
    }
    let name: String = text.trim().nfc().collect();
    let fault = match name.chars().count() {
        0 => Some(Fault::Empty),
        n if n > MAX => Some(Fault::TooLong),
        _ if name.chars().any(breaks_line) => Some(Fault::Control),
        _ if has_hidden(&name) || !name.chars().any(|c| !c.is_whitespace()) => Some(Fault::Hidden),
        _ if has_link(&name) => Some(Fault::Link),
        _ => None,
    };
    fault.map_or(Ok(name), Err)
}

/// The same for a form's field.
pub fn field(text: &str, field: &str) -> Result<String, FieldError> {
    check(text).map_err(|fault| fault.at(field))
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a text has invisible characters: zero-width ones, fillers, direction marks, tags,
/// private-use ones; or several marks on one letter.
pub fn has_hidden(text: &str) -> bool {
    let (mut before, mut marks) = (' ', 0);
    for c in text.chars() {
        marks = if unicode_normalization::char::is_combining_mark(c) { marks + 1 } else { 0 };
        // Variation selectors belong to symbols, such as ❤️, and to nothing else.
        let is_hidden = match c {
            '\u{fe0e}' | '\u{fe0f}' => before.is_alphanumeric() || before.is_whitespace(),
            _ => is_invisible(c),
        };
        if is_hidden || marks > MAX_MARKS {
            return true;
        }
        before = c;
    }
    false
}

/// Unicode's format characters (Cf) and default-ignorable characters, blanks that are not white
/// space, private-use characters and non-characters.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..='\u{10ffff}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Whether a mail program could turn any part of the text into a link.
pub fn has_link(text: &str) -> bool {
    // As mail programs read it: full-width letters and dots count as letters and dots.
    let text: String = text
        .nfkc()
        .map(|c| if matches!(c, '。' | '｡') { '.' } else { c })
        .collect::<String>()
        .to_lowercase();
    text.contains("://")
        || text.contains("www.")
        || text.contains("mailto:")
        || text.split_whitespace().any(is_domain)
}

/// Whether a word contains a domain name: labels separated by dots, of which the last is a
/// top-level domain or is followed by a path, a query or a port.
fn is_domain(word: &str) -> bool {
    let is_of_label = |c: char| c.is_alphanumeric() || c == '-';
    let mut rest = word;
    while let Some(dot) = rest.find('.') {
        let (label, after) = (&rest[..dot], &rest[dot + 1..]);
        let end = after.find(|c| !is_of_label(c)).unwrap_or(after.len());
        let (last, tail) = after.split_at(end);
        if label.ends_with(is_of_label) && !last.is_empty() {
            let leads_on = tail.starts_with(['/', '?', '#', '@'])
                || tail
                    .strip_prefix(':')
                    .is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
            let is_last = !tail.starts_with('.') || tail.len() == 1;
            let is_name = last.chars().any(char::is_alphabetic);
            if is_name && (leads_on || (is_last && is_top_level(last))) {
                return true;
            }
        }
        rest = after;
    }
    false
}

fn is_top_level(label: &str) -> bool {
    COUNTRIES.split(' ').any(|country| country == label)
        || label.starts_with("xn--")
        || GENERIC.binary_search(&label).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_of_people_and_companies_pass() {
        for good in [
            "Ada",
            "Ada Lovelace & Co 1",
            "J. R. R. Tolkien",
            "J.R.R. Tolkien",
            "St. Gallen AG",
            "Müller, Söhne & Töchter GmbH",
            "Node.js tools",
            "Checkout v1.2",
            "batch-2026.11.21",
            "ada.lovelace",
            "山田太郎",
            "Владимир",
            "محمد",
            "O'Brien",
            "100 % / 50:50",
            "Acme Inc.",
            "I ❤️ APIs",
            "नमस्ते",
        ] {
            assert_eq!(check(good).as_deref(), Ok(good));
        }
        assert_eq!(check("  Ada ").as_deref(), Ok("Ada"));
        assert_eq!(check("Mu\u{308}ller").as_deref(), Ok("Müller"));
    }

    #[test]
    fn links_are_refused_however_they_are_written() {
        for bad in [
            "Win at https://evil.example/x",
            "http://evil",
            "HTTPS://EVIL.EXAMPLE",
            "www.evil.test",
            "evil.com",
            "Visit evil.com.",
            "Visit (evil.com)",
            "evil.com,now",
            "evil.io/login",
            "10.0.0.local/x",
            "login.evil-bank.de",
            "a@evil.com",
            "evil.zip/x",
            "evil.corp:8080",
            "ｅｖｉｌ．ｃｏｍ",
            "evil。com",
            "mailto:a",
            "evil.xn--p1ai",
            "javascript://x",
        ] {
            assert_eq!(check(bad), Err(Fault::Link), "{bad}");
        }
    }

    #[test]
    fn what_is_invisible_or_turns_text_around_is_refused() {
        for (first, last) in [
            (0x200b, 0x200f),
            (0x202a, 0x202e),
            (0x2060, 0x206f),
            (0xe0000, 0xe007f),
            (0xad, 0xad),
            (0xfeff, 0xfeff),
            (0x3164, 0x3164),
            (0x2800, 0x2800),
            (0xe000, 0xe001),
            (0xfffe, 0xffff),
        ] {
            for c in (first..=last).filter_map(char::from_u32) {
                assert_eq!(
                    check(&format!("Ada{c}Lovelace")),
                    Err(Fault::Hidden),
                    "U+{:04X}",
                    u32::from(c)
                );
            }
        }
        assert_eq!(check("\u{2800}"), Err(Fault::Hidden));
        assert_eq!(check("Ada\u{fe0f}"), Err(Fault::Hidden));
        assert_eq!(check(&format!("A{}", "\u{336}".repeat(5))), Err(Fault::Hidden));
    }

    #[test]
    fn every_character_that_breaks_a_line_or_controls_a_terminal_is_refused() {
        for c in (0..=0x9f)
            .filter_map(char::from_u32)
            .filter(|c| c.is_control())
            .chain(['\u{2028}', '\u{2029}'])
        {
            assert_eq!(
                check(&format!("Ada{c}Bcc: x")),
                Err(Fault::Control),
                "U+{:04X}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn a_name_has_one_to_80_characters() {
        assert_eq!(check("  "), Err(Fault::Empty));
        assert!(check(&"ä".repeat(80)).is_ok());
        assert_eq!(check(&"a".repeat(81)), Err(Fault::TooLong));
        assert_eq!(check(&"a".repeat(100_000)), Err(Fault::TooLong));
    }

    #[test]
    fn the_lists_can_be_searched() {
        assert!(GENERIC.is_sorted());
        assert!(COUNTRIES.split(' ').all(|country| country.len() == 2));
        for country in ["de", "uk", "eu", "io", "ai", "us", "co"] {
            assert!(is_top_level(country), "{country}");
        }
    }
}
