//! The statuses of responses, as documents write them.

/// `200`, `4XX` or `default`. `None` if the text is none of these, whatever follows: `200 OK` is
/// `200`.
pub fn status(written: &str) -> Option<String> {
    let text = written.trim().to_ascii_uppercase();
    if text == "DEFAULT" {
        return Some("default".to_owned());
    }
    let (status, rest) = text.split_at_checked(3)?;
    let is_status = match status.as_bytes() {
        [b'1'..=b'5', b'X', b'X'] => true,
        [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    };
    let is_end = rest.chars().next().is_none_or(|next| !next.is_alphanumeric());
    (is_status && is_end).then(|| status.to_owned())
}
