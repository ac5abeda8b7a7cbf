//! Limits of a package.

/// Maximum size of the files in one package, in bytes. The largest known documents need a quarter
/// of it.
pub const MAX_BYTES: usize = 20 << 20;
/// Maximum number of types, values and names that are generated from one document.
pub const MAX_TYPES: usize = 1_000_000;

/// The document describes more than a package may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "The document describes more than a client package may contain: {} MiB, or {MAX_TYPES} \
             types and values.",
            MAX_BYTES >> 20
        )
    }
}

impl std::error::Error for TooLarge {}

/// Fails once a text is longer than a package may be, so that no more of it is written.
///
/// # Errors
/// The text is too long.
pub const fn check(text: &str) -> Result<(), TooLarge> {
    if text.len() > MAX_BYTES { Err(TooLarge) } else { Ok(()) }
}
