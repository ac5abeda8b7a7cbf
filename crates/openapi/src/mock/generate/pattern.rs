//! Generates strings that match a regular expression, by walking through the expression.

mod ecma;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::mock::seed::Seed;

/// Maximum nesting of an expression.
const MAX_NESTING: u32 = 60;
/// Maximum length of an intermediate string in bytes.
const MAX_BYTES: usize = 20_000;
/// Additional repetitions of each repetition, tried in this order. The next try has as many as the
/// length requires.
const EXTRA: [usize; 8] = [2, 0, 1, 3, 5, 8, 16, 32];
const MAX_TRIES: usize = 64;

/// A string of `least` to `most` characters that `matches`. `None` if none was found.
pub fn matching(
    pattern: &str,
    seed: Seed,
    least: usize,
    most: usize,
    matches: impl Fn(&str) -> bool,
) -> Option<String> {
    let fits = |text: &String| {
        let length = text.chars().count();
        least <= length && length <= most && matches(text)
    };
    let made = (0..MAX_TRIES).filter_map(|turn| {
        let seed = seed.nth(turn as u64);
        match EXTRA.get(turn % (EXTRA.len() + 1)) {
            Some(extra) => made(pattern, seed, Extra::Each(*extra), least, most),
            None => {
                let shortest = made(pattern, seed, Extra::Total(0), 0, most)?.chars().count();
                let missing = least.saturating_sub(shortest);
                made(pattern, seed, Extra::Total(missing), least, most)
            }
        }
    });
    made.chain(guesses(least, most)).find(fits)
}

/// Repetitions in addition to those that the expression requires.
#[derive(Clone, Copy)]
enum Extra {
    /// Of each repetition.
    Each(usize),
    /// Of all repetitions, so that a length is reached exactly. The first ones take them.
    Total(usize),
}

impl Extra {
    /// The additional repetitions of the next repetition, which has room for `room`.
    fn take(&mut self, room: usize) -> usize {
        match self {
            Self::Each(extra) => room.min(*extra),
            Self::Total(left) => {
                let taken = room.min(*left);
                *left -= taken;
                taken
            }
        }
    }
}

fn made(pattern: &str, seed: Seed, extra: Extra, least: usize, most: usize) -> Option<String> {
    // `utf8(false)` because an expression may describe bytes. Results that are not UTF-8 are
    // discarded below.
    let hir = ParserBuilder::new()
        .nest_limit(MAX_NESTING)
        .utf8(false)
        .build()
        .parse(&ecma::translated(pattern))
        .ok()?;
    let mut walk = Walk { seed, turn: 0, extra, out: Vec::new() };
    walk.walk(&hir)?;
    let mut text = String::from_utf8(walk.out).ok()?;
    // Only if the expression requires less than the length, characters are added after the match.
    let length = text.chars().count();
    if length < least && length < most && !pattern.contains('$') {
        text.extend(std::iter::repeat_n('a', least - length));
    }
    Some(text)
}

/// Typical passwords and codes, for conditions that cannot be walked through.
fn guesses(least: usize, most: usize) -> impl Iterator<Item = String> {
    const GUESSES: [&str; 8] = ["Passw0rd!x", "abc", "ABC", "123", "Abc123", "a", "A1", "1"];
    let padded = GUESSES.iter().map(move |guess| {
        let mut text = (*guess).to_owned();
        while text.len() < least && text.len() < MAX_BYTES {
            text.push_str("a1");
        }
        text.chars().take(most).collect()
    });
    padded.chain(GUESSES.iter().map(|guess| (*guess).to_owned()))
}

struct Walk {
    seed: Seed,
    turn: u64,
    extra: Extra,
    out: Vec<u8>,
}

impl Walk {
    fn below(&mut self, end: u64) -> u64 {
        self.turn += 1;
        self.seed.nth(self.turn).below(end)
    }

    fn walk(&mut self, hir: &Hir) -> Option<()> {
        if self.out.len() > MAX_BYTES {
            return None;
        }
        match hir.kind() {
            // Anchors are true because nothing was written around them. Boundaries are checked
            // afterwards.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.out.extend_from_slice(&literal.0),
            HirKind::Class(class) => self.class(class)?,
            HirKind::Repetition(repetition) => {
                let least = repetition.min as usize;
                let room =
                    repetition.max.map_or(usize::MAX, |most| most as usize).saturating_sub(least);
                for _ in 0..least.saturating_add(self.extra.take(room)) {
                    self.walk(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.walk(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.walk(part))?,
            HirKind::Alternation(branches) => {
                let index = usize::try_from(self.below(branches.len() as u64)).ok()?;
                self.walk(branches.get(index)?)?;
            }
        }
        Some(())
    }

    /// A letter or digit if the class contains one, otherwise a visible character, otherwise any
    /// character.
    fn class(&mut self, class: &Class) -> Option<()> {
        const LIKED: [(u32, u32); 5] =
            [(0x61, 0x7a), (0x30, 0x39), (0x41, 0x5a), (0x21, 0x7e), (0x20, 0x20)];
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
            Class::Bytes(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
        };
        let start = self.below(3);
        let liked = LIKED
            .iter()
            .cycle()
            .skip(usize::try_from(start).ok()?)
            .take(3)
            .chain(LIKED.iter().skip(3));
        let overlap = liked.flat_map(|like| {
            ranges.iter().map(move |range| (range.0.max(like.0), range.1.min(like.1)))
        });
        let chosen = overlap.chain(ranges.iter().copied()).find(|(low, high)| low <= high)?;
        let code = chosen.0 + u32::try_from(self.below(u64::from(chosen.1 - chosen.0) + 1)).ok()?;
        let letter = char::from_u32(code).or_else(|| char::from_u32(chosen.0))?;
        self.out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_and_a_length_are_matched_together() {
        let cases = [
            ("^st-[a-zA-Z0-9]+$", 16, 16),
            ("^[0-9]+$", 12, 12),
            ("^[a-z]+-[a-z]*[0-9]{0,2}$", 40, 41),
            ("^(ab)+c?$", 9, 9),
            ("^.{1,256}$", 200, 200),
            ("^arn:aws:", 20, 2_048),
        ];
        for (pattern, least, most) in cases {
            let regex = regex::Regex::new(pattern).expect("an expression");
            for number in 0..20 {
                let seed = Seed::of(&[b"a"]).nth(number);
                let text = matching(pattern, seed, least, most, |text| regex.is_match(text));
                let text = text.unwrap_or_else(|| panic!("{pattern} {least} {most}"));
                assert!((least..=most).contains(&text.chars().count()), "{pattern}: {text}");
            }
        }
    }
}
