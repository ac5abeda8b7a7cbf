//! The only source of randomness: the operating system's generator for secrets, UUIDv7 for ids.

use rand::TryRng;
use rand::rngs::SysRng;
use tollgate_types::id::RequestId;
use tollgate_types::time::Timestamp;
use uuid::Uuid;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `N` random bytes from the operating system.
///
/// # Panics
/// If the operating system cannot provide randomness: then no secret may be created.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// `len` characters of base62, each uniformly drawn (5.95 bits).
#[must_use]
pub fn base62(len: usize) -> String {
    let mut text = String::with_capacity(len);
    while text.len() < len {
        // 248 is the largest multiple of 62 in a byte: higher values would favour some characters.
        let drawn = bytes::<64>()
            .into_iter()
            .filter(|b| *b < 248)
            .map(|b| char::from(BASE62[usize::from(b % 62)]));
        text.extend(drawn.take(len - text.len()));
    }
    text
}

/// `value` in base62, padded with zeros to `N` characters.
#[must_use]
pub fn encode_base62<const N: usize>(mut value: u32) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(value % 62) as usize];
        value /= 62;
    }
    digits
}

/// A secret token for a link or cookie: 43 characters, 256 bits.
#[must_use]
pub fn token() -> String {
    base62(43)
}

/// A new id of a kind from [`tollgate_types::id`], ordered by time.
#[must_use]
pub fn id<T: From<u128>>() -> T {
    Uuid::now_v7().as_u128().into()
}

/// The id of a request that arrived at `now_us`, ordered by time, without reading the clock again.
/// A UUIDv7 whose twelve bits after the milliseconds are fractions of one (RFC 9562, 6.2, method
/// 3).
#[must_use]
pub fn request_id(now_us: i64) -> RequestId {
    let us = now_us.max(0).unsigned_abs();
    let (ms, part) = (u128::from(us / 1_000), u128::from(us % 1_000 * 4_096 / 1_000));
    let (version, variant) = (7 << 76, 2 << 62);
    RequestId::from(
        ms << 80 | version | part << 64 | variant | u128::from(rand::random::<u64>() >> 2),
    )
}

/// The smallest id of those created at `at` or later.
#[must_use]
pub fn first_id<T: From<u128>>(at: Timestamp) -> T {
    (u128::from(at.0.max(0).unsigned_abs()) << 80).into()
}

/// `value`, evenly spread by up to `percent` in both directions.
#[must_use]
pub fn spread(value: i64, percent: i64) -> i64 {
    let most = value.abs() * percent / 100;
    value - most + (rand::random::<u64>() % (2 * most.unsigned_abs() + 1)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_types::id::OrgId;

    #[test]
    fn ids_sort_by_the_order_they_were_made_in() {
        let ids: Vec<OrgId> = (0..1000).map(|_| id()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn ids_of_requests_are_uuids_of_version_7_that_sort_by_the_microsecond_or_little_more() {
        let now = 1_763_760_778_042_000;
        let ids: Vec<RequestId> = (0..1000).map(|i| request_id(now + i)).collect();
        assert!(ids.is_sorted());
        let uuid = Uuid::from_u128(ids[0].value());
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
        assert_eq!(ids[999].time(), Timestamp(1_763_760_778_042));
        assert_ne!(request_id(now), request_id(now));
    }

    #[test]
    fn the_first_id_of_a_moment_lies_between_what_was_made_before_and_after() {
        let before: OrgId = id();
        let now = crate::clock::Clock::default().now();
        assert!(before < first_id(now.plus(1)));
        assert!(before > first_id(now.plus(-1000)));
    }

    #[test]
    fn base62_fills_its_length_and_pads() {
        assert_eq!(base62(32).len(), 32);
        assert_eq!(&encode_base62::<6>(61), b"00000z");
        assert_eq!(&encode_base62::<6>(u32::MAX), b"4gfFC3");
    }
}
