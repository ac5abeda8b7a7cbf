//! Limits of lists without further pages. The server reads no more entries, and the page shows that
//! the list was cut (`src/components/capped.rs`).

/// Keys with their cost in a month.
pub const KEYS_OF_MONTH: usize = 100;
/// Invoices of an organisation and product.
pub const INVOICES: usize = 36;
/// Sessions of a person.
pub const SESSIONS: usize = 100;
/// Notices that were not dismissed.
pub const NOTICES: usize = 20;
/// Operations of a product that were billed in a month.
pub const BILLED_OPERATIONS: usize = 5_000;
/// Keys that were billed for one operation in a month.
pub const BILLED_KEYS: usize = 1_000;
