//! Numbers that look random and are the same for the same call.

use sha2::{Digest, Sha256};

/// The start of a value. Each part of a value has a separate seed, so a change of one field does
/// not change the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// Parts are separated, so that `["ab", "c"]` differs from `["a", "bc"]`.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// FNV-1a: small, and the same on every machine.
    pub fn child(self, name: &str) -> Self {
        Self(name.bytes().fold(self.0 ^ 0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    pub fn nth(self, index: u64) -> Self {
        Self(self.0.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// SplitMix64.
    pub fn number(self) -> u64 {
        let mut mixed = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, or 0 if `end` is 0.
    pub fn below(self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.number() % end }
    }

    pub fn pick<T>(self, of: &[T]) -> Option<&T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
    }
}
