//! The bytes of one record: a fixed header of 80 bytes, then the texts. All numbers are
//! little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | `TGJ1` |
//! | 4..8 | CRC-32 of everything after it |
//! | 8..12 | length of the whole record |
//! | 12 | kind: 1 = answer |
//! | 13 | environment: 0 = sandbox, 1 = live |
//! | 14..16 | HTTP status |
//! | 16..24 | when it was answered, unix ms |
//! | 24..32 | latency, us |
//! | 32..40, 40..48 | bytes of request and response body |
//! | 48..52, 52..56 | units, billed units |
//! | 56..78 | lengths of the eleven texts, 2 bytes each |
//! | 78..80 | zero |

use crate::types::environment::Environment;

pub const MAGIC: [u8; 4] = *b"TGJ1";
pub const HEADER: usize = 80;
const ANSWER: u8 = 1;
const TEXTS: usize = 11;

/// No text is longer than this in a record, so no record is longer than about 11 KiB.
const MAX_TEXT: usize = 1024;
pub const MAX_RECORD: usize = HEADER + TEXTS * MAX_TEXT;

/// One answered call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub environment: Environment,
    pub status: u16,
    pub at_ms: i64,
    pub latency_us: u64,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub units: u32,
    pub billed_units: u32,
    pub request_id: &'a str,
    /// Empty where no valid key came with the call; so is `key_id`.
    pub org_id: &'a str,
    pub key_id: &'a str,
    pub product: &'a str,
    pub operation: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub code: &'a str,
    pub source_ip: &'a str,
    pub user_agent: &'a str,
    pub client_request_id: &'a str,
}

impl<'a> Record<'a> {
    const fn texts(&self) -> [&'a str; TEXTS] {
        [
            self.request_id,
            self.org_id,
            self.key_id,
            self.product,
            self.operation,
            self.method,
            self.path,
            self.code,
            self.source_ip,
            self.user_agent,
            self.client_request_id,
        ]
    }

    /// Appends the record's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let texts = self.texts().map(clamp);
        let length = HEADER + texts.iter().map(|text| text.len()).sum::<usize>();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(length as u32).to_le_bytes());
        out.push(ANSWER);
        out.push(u8::from(self.environment == Environment::Live));
        out.extend_from_slice(&self.status.to_le_bytes());
        out.extend_from_slice(&self.at_ms.to_le_bytes());
        out.extend_from_slice(&self.latency_us.to_le_bytes());
        out.extend_from_slice(&self.request_bytes.to_le_bytes());
        out.extend_from_slice(&self.response_bytes.to_le_bytes());
        out.extend_from_slice(&self.units.to_le_bytes());
        out.extend_from_slice(&self.billed_units.to_le_bytes());
        for text in texts {
            out.extend_from_slice(&(text.len() as u16).to_le_bytes());
        }
        out.extend_from_slice(&[0; 2]);
        for text in texts {
            out.extend_from_slice(text.as_bytes());
        }
        let checksum = crc32fast::hash(&out[start + 8..]);
        out[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Reads the record at the start of `bytes`, and its length. None if there is no whole,
    /// undamaged record there.
    pub fn decode(bytes: &'a [u8]) -> Option<(Self, usize)> {
        if bytes.get(..4)? != MAGIC {
            return None;
        }
        let length = u32::from_le_bytes(field(bytes, 8)?) as usize;
        if !(HEADER..=MAX_RECORD).contains(&length) {
            return None;
        }
        let record = bytes.get(..length)?;
        if crc32fast::hash(&record[8..]) != u32::from_le_bytes(field(record, 4)?) || record[12] != ANSWER {
            return None;
        }
        let mut rest = &record[HEADER..];
        let mut texts = [""; TEXTS];
        for (i, text) in texts.iter_mut().enumerate() {
            let length = usize::from(u16::from_le_bytes(field(record, 56 + 2 * i)?));
            let (head, tail) = rest.split_at_checked(length)?;
            *text = std::str::from_utf8(head).ok()?;
            rest = tail;
        }
        let [request_id, org_id, key_id, product, operation, method, path, code, source_ip, user_agent, client_request_id] = texts;
        let record = Self {
            environment: if record[13] == 1 { Environment::Live } else { Environment::Sandbox },
            status: u16::from_le_bytes(field(record, 14)?),
            at_ms: i64::from_le_bytes(field(record, 16)?),
            latency_us: u64::from_le_bytes(field(record, 24)?),
            request_bytes: u64::from_le_bytes(field(record, 32)?),
            response_bytes: u64::from_le_bytes(field(record, 40)?),
            units: u32::from_le_bytes(field(record, 48)?),
            billed_units: u32::from_le_bytes(field(record, 52)?),
            request_id,
            org_id,
            key_id,
            product,
            operation,
            method,
            path,
            code,
            source_ip,
            user_agent,
            client_request_id,
        };
        Some((record, length))
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// Cuts a text at the last character that ends within the bound.
fn clamp(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn example<'a>(request_id: &'a str, path: &'a str) -> Record<'a> {
        Record {
            environment: Environment::Live,
            status: 201,
            at_ms: 1_763_760_778_042,
            latency_us: 1234,
            request_bytes: 17,
            response_bytes: 250,
            units: 3,
            billed_units: 2,
            request_id,
            org_id: "org_01h2xcejqtf2nbrexx3vqjhp41",
            key_id: "key_01h2xcejqtf2nbrexx3vqjhp41",
            product: "platform",
            operation: "createCustomer",
            method: "POST",
            path,
            code: "",
            source_ip: "2001:db8::1",
            user_agent: "curl/8.1",
            client_request_id: "",
        }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let record = example("req_1", "/v1/customers/é");
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        assert_eq!(Record::decode(&bytes), Some((record, bytes.len())));
    }

    #[test]
    fn any_torn_or_damaged_record_is_seen() {
        let mut bytes = Vec::new();
        example("req_1", "/v1/customers").encode(&mut bytes);
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
    fn a_text_beyond_the_bound_is_cut_at_a_character() {
        let path = "é".repeat(2000);
        let mut bytes = Vec::new();
        example("req_1", &path).encode(&mut bytes);
        let (record, _) = Record::decode(&bytes).unwrap();
        assert_eq!(record.path.len(), 1024);
    }
}
