//! The bytes of one record: a fixed header of 160 bytes, then the texts. All numbers are
//! little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | `TGJ2` |
//! | 4..8 | CRC-32 of everything after it |
//! | 8..12 | length of the whole record |
//! | 12 | kind: 1 = answer, 2 = end of a streamed answer |
//! | 13 | environment: 0 = sandbox, 1 = live |
//! | 14..16 | HTTP status |
//! | 16..24 | when it was answered, unix ms |
//! | 24..32 | latency, us; at an end, from the call's beginning to it |
//! | 32..40, 40..48 | bytes of request and response body; at an end, those that the answer's record does not have |
//! | 48..52, 52..56 | units, billed units |
//! | 56..72 | the request id's UUID |
//! | 72..80 | price, 10^-9 of the currency's minor unit |
//! | 80..84, 84..88 | of the latency: in the steps before the handler, in the handler, us |
//! | 88..96, 96..104 | quota and what was left of it; -1 where none holds |
//! | 104..120 | what had been used of each of the four limits, 4 bytes each |
//! | 120 | who answered: see [`AnsweredBy`] |
//! | 121 | how it ended: see [`Ended`] |
//! | 122..138 | source address: IPv6, or IPv4 mapped into it |
//! | 138..160 | lengths of the eleven texts, 2 bytes each; the last was zero before it had a meaning |

use std::net::{IpAddr, Ipv6Addr};

use tollgate_types::environment::Environment;
use tollgate_types::log::{AnsweredBy, Ended};

pub const MAGIC: [u8; 4] = *b"TGJ2";
pub const HEADER: usize = 160;
const ANSWER: u8 = 1;
const END: u8 = 2;
const TEXTS: usize = 11;
const TEXT_LENGTHS: usize = 138;
pub const LIMITS: usize = 4;

/// The maximum length of a text in a record, so that no record is longer than about 12 KiB.
const MAX_TEXT: usize = 1024;
pub const MAX_RECORD: usize = HEADER + TEXTS * MAX_TEXT;

/// One call. Or, later, the end of its response, which repeats whose call it was, so that it can be
/// counted without the first record, and is zero in everything that the first record has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub is_end: bool,
    /// For a response: whether its end follows.
    pub ended: Ended,
    pub request_id: u128,
    pub environment: Environment,
    pub status: u16,
    pub at_ms: i64,
    pub latency_us: u64,
    pub checks_us: u32,
    pub handler_us: u32,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub units: u32,
    pub billed_units: u32,
    pub price_nano: u64,
    /// The quota and the remaining units.
    pub quota: Option<(u64, u64)>,
    /// The used part of each of `limits`, including this call.
    pub limits_used: [u32; LIMITS],
    pub answered_by: AnsweredBy,
    pub source_ip: IpAddr,
    pub texts: Texts<'a>,
}

/// The texts of a record. Those that a block of logs shares come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts<'a> {
    /// Empty if the call had no valid key; so is `key_id`.
    pub org_id: &'a str,
    pub key_id: &'a str,
    pub product: &'a str,
    pub operation: &'a str,
    /// The applied limits, as in `RateLimit-Policy`; empty if none was checked.
    pub limits: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub code: &'a str,
    pub user_agent: &'a str,
    pub client_request_id: &'a str,
    /// The error as the caller saw it, without the values that they sent.
    pub detail: &'a str,
}

impl<'a> Texts<'a> {
    const fn array(&self) -> [&'a str; TEXTS] {
        [
            self.org_id,
            self.key_id,
            self.product,
            self.operation,
            self.limits,
            self.method,
            self.path,
            self.code,
            self.user_agent,
            self.client_request_id,
            self.detail,
        ]
    }
}

impl<'a> Record<'a> {
    /// Appends the record's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let texts = self.texts.array().map(clamp);
        let length = HEADER + texts.iter().map(|text| text.len()).sum::<usize>();
        let (quota, quota_left) =
            self.quota.map_or((-1, -1), |(quota, left)| (signed(quota), signed(left)));
        let mut header = Header { bytes: [0; HEADER], at: 0 };
        header.put(MAGIC);
        header.put([0; 4]);
        header.put((length as u32).to_le_bytes());
        header.put([
            if self.is_end { END } else { ANSWER },
            u8::from(self.environment == Environment::Live),
        ]);
        header.put(self.status.to_le_bytes());
        header.put(self.at_ms.to_le_bytes());
        header.put(self.latency_us.to_le_bytes());
        header.put(self.request_bytes.to_le_bytes());
        header.put(self.response_bytes.to_le_bytes());
        header.put(self.units.to_le_bytes());
        header.put(self.billed_units.to_le_bytes());
        header.put(self.request_id.to_le_bytes());
        header.put(self.price_nano.to_le_bytes());
        header.put(self.checks_us.to_le_bytes());
        header.put(self.handler_us.to_le_bytes());
        header.put(quota.to_le_bytes());
        header.put(quota_left.to_le_bytes());
        for used in self.limits_used {
            header.put(used.to_le_bytes());
        }
        header.put([self.answered_by as u8, self.ended as u8]);
        header.put(mapped(self.source_ip).octets());
        for text in texts {
            header.put((text.len() as u16).to_le_bytes());
        }
        out.reserve(length);
        out.extend_from_slice(&header.bytes);
        for text in texts {
            out.extend_from_slice(text.as_bytes());
        }
        let checksum = crc32fast::hash(&out[start + 8..]);
        out[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Parses the record at the start of `bytes`, and returns its length. `None` if there is no
    /// complete, undamaged record.
    pub fn decode(bytes: &'a [u8]) -> Option<(Self, usize)> {
        if bytes.get(..4)? != MAGIC {
            return None;
        }
        let length = u32::from_le_bytes(field(bytes, 8)?) as usize;
        if !(HEADER..=MAX_RECORD).contains(&length) {
            return None;
        }
        let record = bytes.get(..length)?;
        if crc32fast::hash(&record[8..]) != u32::from_le_bytes(field(record, 4)?)
            || !matches!(record[12], ANSWER | END)
        {
            return None;
        }
        // Parts of a valid text are valid if they start and end at characters.
        let mut rest = std::str::from_utf8(&record[HEADER..]).ok()?;
        let mut texts = [""; TEXTS];
        for (i, text) in texts.iter_mut().enumerate() {
            let length = usize::from(u16::from_le_bytes(field(record, TEXT_LENGTHS + 2 * i)?));
            (*text, rest) = rest.split_at_checked(length)?;
        }
        let [
            org_id,
            key_id,
            product,
            operation,
            limits,
            method,
            path,
            code,
            user_agent,
            client_request_id,
            detail,
        ] = texts;
        let mut limits_used = [0; LIMITS];
        for (i, used) in limits_used.iter_mut().enumerate() {
            *used = u32::from_le_bytes(field(record, 104 + 4 * i)?);
        }
        let (quota, quota_left) =
            (i64::from_le_bytes(field(record, 88)?), i64::from_le_bytes(field(record, 96)?));
        let record = Self {
            is_end: record[12] == END,
            ended: Ended::from_number(record[121]),
            environment: if record[13] == 1 { Environment::Live } else { Environment::Sandbox },
            status: u16::from_le_bytes(field(record, 14)?),
            at_ms: i64::from_le_bytes(field(record, 16)?),
            latency_us: u64::from_le_bytes(field(record, 24)?),
            request_bytes: u64::from_le_bytes(field(record, 32)?),
            response_bytes: u64::from_le_bytes(field(record, 40)?),
            units: u32::from_le_bytes(field(record, 48)?),
            billed_units: u32::from_le_bytes(field(record, 52)?),
            request_id: u128::from_le_bytes(field(record, 56)?),
            price_nano: u64::from_le_bytes(field(record, 72)?),
            checks_us: u32::from_le_bytes(field(record, 80)?),
            handler_us: u32::from_le_bytes(field(record, 84)?),
            quota: u64::try_from(quota).ok().zip(u64::try_from(quota_left).ok()),
            limits_used,
            answered_by: AnsweredBy::from_number(record[120]),
            source_ip: Ipv6Addr::from(field::<16>(record, 122)?).to_canonical(),
            texts: Texts {
                org_id,
                key_id,
                product,
                operation,
                limits,
                method,
                path,
                code,
                user_agent,
                client_request_id,
                detail,
            },
        };
        Some((record, length))
    }
}

/// Whether the last bytes of a segment are those of an interrupted write, so that no call whose
/// response was sent is in them: the first part of a record, or of the zeros with which the writer
/// probes the disk.
pub fn is_interrupted(tail: &[u8]) -> bool {
    let is_part_of_record = match tail.get(..MAGIC.len()) {
        None => MAGIC.starts_with(tail),
        Some(magic) => {
            let is_incomplete =
                |length: usize| (HEADER..=MAX_RECORD).contains(&length) && length > tail.len();
            magic == MAGIC
                && field(tail, 8)
                    .is_none_or(|length| is_incomplete(u32::from_le_bytes(length) as usize))
        }
    };
    is_part_of_record || (tail.len() <= MAX_RECORD && tail.iter().all(|byte| *byte == 0))
}

/// Whether `length` damaged bytes are, by their header, one end of a streamed response.
pub fn looks_like_end(header: &[u8], length: u64) -> bool {
    header.starts_with(&MAGIC)
        && field(header, 8)
            .is_some_and(|declared| u64::from(u32::from_le_bytes(declared)) == length)
        && header.get(12) == Some(&END)
}

struct Header {
    bytes: [u8; HEADER],
    at: usize,
}

impl Header {
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        self.bytes[self.at..self.at + N].copy_from_slice(&field);
        self.at += N;
    }
}

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// Truncates a text after the last character within the bound.
fn clamp(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn example(request_id: u128, path: &str) -> Record<'_> {
        Record {
            is_end: false,
            ended: Ended::Complete,
            request_id,
            environment: Environment::Live,
            status: 201,
            at_ms: 1_763_760_778_042,
            latency_us: 1234,
            checks_us: 34,
            handler_us: 1100,
            request_bytes: 17,
            response_bytes: 250,
            units: 3,
            billed_units: 2,
            price_nano: 400_000_000,
            quota: Some((10_000, 9_998)),
            limits_used: [1, 1, 1, 1],
            answered_by: AnsweredBy::OwnApi,
            source_ip: [192, 0, 2, 1].into(),
            texts: Texts {
                org_id: "org_01h2xcejqtf2nbrexx3vqjhp41",
                key_id: "key_01h2xcejqtf2nbrexx3vqjhp41",
                product: "platform",
                operation: "createCustomer",
                limits: "\"key\";q=20;w=1",
                method: "POST",
                path,
                code: "",
                user_agent: "curl/8.1",
                client_request_id: "",
                detail: "",
            },
        }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let mut record = example(1, "/v1/customers/é");
        record.texts.detail = "The key tg_live_4eC39HqLyjWD is disabled.";
        let without_quota = Record {
            quota: None,
            answered_by: AnsweredBy::Gateway,
            source_ip: IpAddr::V6("2001:db8::1".parse().unwrap()),
            ..record
        };
        let end = Record { is_end: true, ended: Ended::Aborted, ..record };
        for record in [record, without_quota, end] {
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            assert_eq!(Record::decode(&bytes), Some((record, bytes.len())));
        }
    }

    #[test]
    fn any_torn_or_damaged_record_is_seen() {
        let mut bytes = Vec::new();
        example(1, "/v1/customers").encode(&mut bytes);
        for cut in 0..bytes.len() {
            assert!(Record::decode(&bytes[..cut]).is_none(), "cut at {cut}");
        }
        for i in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[i] ^= 0x40;
            assert!(Record::decode(&damaged).is_none(), "damaged at {i}");
        }
    }

    #[test]
    fn an_interrupted_write_is_distinguished_from_damage() {
        let mut bytes = Vec::new();
        example(1, "/v1/customers").encode(&mut bytes);
        for cut in 1..bytes.len() {
            assert!(is_interrupted(&bytes[..cut]), "cut at {cut}");
        }
        assert!(is_interrupted(&[0; MAX_RECORD]) && !is_interrupted(&[0; MAX_RECORD + 1]));
        let last = bytes.len() - 1;
        // In the magic number, the length, and a text.
        for at in [0, 11, last] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(!is_interrupted(&damaged), "damaged at {at}");
        }
        bytes.extend_from_within(..HEADER);
        assert!(!is_interrupted(&bytes), "a whole record is in it");
    }

    #[test]
    fn a_text_beyond_the_bound_is_cut_at_a_character() {
        let path = "é".repeat(2000);
        let mut bytes = Vec::new();
        example(1, &path).encode(&mut bytes);
        let (record, _) = Record::decode(&bytes).unwrap();
        assert_eq!(record.texts.path.len(), 1024);
    }
}
