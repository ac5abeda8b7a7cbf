//! Translates JavaScript's regular expressions to the syntax of the `regex-syntax` crate.

/// ASCII classes and JavaScript's escapes. Look-around is removed; its condition is checked on the
/// whole string afterwards.
pub fn translated(pattern: &str) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut at = 0;
    let mut in_class = false;
    while let Some(&letter) = letters.get(at) {
        let rest = letters.get(at..).unwrap_or_default();
        match rest {
            ['\\', escaped, ..] => {
                at += escape(*escaped, rest, in_class, &mut out);
                continue;
            }
            ['(', '?', '=' | '!', ..] | ['(', '?', '<', '=' | '!', ..] if !in_class => {
                at += group_length(rest);
                continue;
            }
            ['[', '^', ']', ..] if !in_class => {
                out.push_str("[\\s\\S]");
                at += 3;
                continue;
            }
            // Our syntax has nested classes and set operations; JavaScript's does not.
            ['[', ..] if in_class => out.push_str("\\["),
            ['&' | '~' | '-', next, ..] if in_class && *next == letter => {
                out.push('\\');
                out.push(letter);
            }
            ['[', ..] => {
                in_class = true;
                out.push('[');
            }
            [']', ..] => {
                in_class = false;
                out.push(']');
            }
            _ => out.push(letter),
        }
        at += 1;
    }
    out
}

/// Writes one escape and returns its length in letters of the expression.
fn escape(escaped: char, rest: &[char], in_class: bool, out: &mut String) -> usize {
    let hex = |from: usize, count: usize| -> Option<String> {
        let digits: String = rest.get(from..from + count)?.iter().collect();
        digits.chars().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)
    };
    match escaped {
        'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
        'w' => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
        's' => out.push_str(if in_class { "\\t\\n\\r\\x20" } else { "[\\t\\n\\r\\x20]" }),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str("[^\\t\\n\\r\\x20]"),
        'b' if in_class => out.push_str("\\x08"),
        'u' if rest.get(2) != Some(&'{') => match hex(2, 4) {
            Some(digits) => {
                out.push_str(&format!("\\x{{{digits}}}"));
                return 6;
            }
            None => out.push('u'),
        },
        'Z' | 'z' => out.push_str("\\z"),
        'p' | 'P' | 'x' | 'u' | 'n' | 'r' | 't' | 'f' | 'v' | 'b' | 'B' | 'A' => {
            out.push('\\');
            out.push(escaped);
        }
        digit if digit.is_ascii_digit() && digit != '0' => {
            // A back-reference to a group: the text that the group matched is unknown here.
        }
        '0' => out.push_str("\\x00"),
        other if other.is_ascii_alphanumeric() => out.push(other),
        other if other.is_ascii() => {
            out.push('\\');
            out.push(other);
        }
        other => out.push(other),
    }
    2
}

/// The number of letters in a group, including the groups in it.
fn group_length(rest: &[char]) -> usize {
    let mut open = 0_usize;
    let mut in_class = false;
    let mut at = 0;
    while let Some(letter) = rest.get(at) {
        match letter {
            '\\' => at += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => open += 1,
            ')' if !in_class => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    rest.len()
}
