//! `Content-Encoding` of checked bodies: a compressed body is decoded for the check only.

use std::io::Read;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The supported encodings, in the form of `Accept-Encoding` (RFC 9110, 12.5.3).
pub const ACCEPTED: &str = "gzip, deflate, br, zstd";
/// Maximum number of combined encodings. Real clients use no more.
const MAX_LAYERS: usize = 3;
/// Maximum window that a body may request memory for. Browsers and RFC 9659 allow 8 MB.
const MAX_WINDOW: u64 = 8 << 20;

#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// It is not encoded, or this is the decoded body.
    Body(Bytes),
    /// The encoding is not supported.
    Unknown,
    /// The body is not encoded as its header says.
    Malformed,
    /// It would be longer than a body may be.
    TooLarge,
}

/// Decodes the body. The result of each step is at most `limit` bytes long.
pub fn decoded(headers: &HeaderMap, body: &Bytes, limit: usize) -> Decoded {
    let mut layers: Vec<String> = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let Ok(value) = value.to_str() else { return Decoded::Unknown };
        layers.extend(value.split(',').map(|layer| layer.trim().to_ascii_lowercase()));
    }
    layers.retain(|layer| !layer.is_empty() && layer != "identity");
    if layers.len() > MAX_LAYERS {
        return Decoded::Unknown;
    }
    let mut body = body.clone();
    // The last encoding was applied last.
    for layer in layers.iter().rev() {
        match decode(layer, &body, limit) {
            Decoded::Body(inner) => body = inner,
            other => return other,
        }
    }
    Decoded::Body(body)
}

fn decode(layer: &str, body: &[u8], limit: usize) -> Decoded {
    match layer {
        "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(body), limit),
        // Zlib, as in the standard. Some clients send raw deflate data.
        "deflate" => match read(flate2::read::ZlibDecoder::new(body), limit) {
            Decoded::Malformed => read(flate2::read::DeflateDecoder::new(body), limit),
            other => other,
        },
        "br" => read(brotli_decompressor::Decompressor::new(body, 4_096), limit),
        "zstd" => zstd(body, limit),
        _ => Decoded::Unknown,
    }
}

fn zstd(body: &[u8], limit: usize) -> Decoded {
    let mut rest = body;
    let mut all = Vec::new();
    // A body may consist of several frames.
    while !rest.is_empty() {
        let Ok(mut decoder) =
            ruzstd::decoding::StreamingDecoder::new_with_max_window_size(&mut rest, MAX_WINDOW)
        else {
            return Decoded::Malformed;
        };
        match read_onto(&mut decoder, &mut all, limit) {
            Ok(true) => {}
            Ok(false) => return Decoded::TooLarge,
            Err(_) => return Decoded::Malformed,
        }
    }
    Decoded::Body(all.into())
}

fn read(mut decoder: impl Read, limit: usize) -> Decoded {
    let mut body = Vec::new();
    match read_onto(&mut decoder, &mut body, limit) {
        Ok(true) => Decoded::Body(body.into()),
        Ok(false) => Decoded::TooLarge,
        Err(_) => Decoded::Malformed,
    }
}

/// Whether the whole output was within the limit.
fn read_onto(decoder: &mut impl Read, body: &mut Vec<u8>, limit: usize) -> std::io::Result<bool> {
    let room = limit.saturating_sub(body.len()) as u64;
    decoder.take(room + 1).read_to_end(body)?;
    Ok(body.len() <= limit)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use http::HeaderValue;

    use super::*;

    fn headers(encoding: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            CONTENT_ENCODING,
            HeaderValue::from_str(encoding).expect("a value"),
        )])
    }

    fn gzip(body: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).expect("written");
        encoder.finish().expect("finished").into()
    }

    /// `{"a":1}` as `brotli` and `zstd` write it.
    const BROTLI: [u8; 11] = [0x0b, 0x03, 0x80, b'{', b'"', b'a', b'"', b':', b'1', b'}', 0x03];
    const ZSTD: [u8; 16] = [
        0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x07, 0x39, 0x00, 0x00, b'{', b'"', b'a', b'"', b':', b'1',
        b'}',
    ];

    #[test]
    fn each_encoding_is_decoded() {
        let body = br#"{"a":1}"#;
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(body).expect("written");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(body).expect("written");
        let twice = gzip(&BROTLI);
        for (encoding, encoded) in [
            ("identity", Bytes::from_static(body)),
            ("gzip", gzip(body)),
            ("X-GZIP", gzip(body)),
            ("deflate", zlib.finish().expect("finished").into()),
            ("deflate", deflate.finish().expect("finished").into()),
            ("br", Bytes::from_static(&BROTLI)),
            ("zstd", Bytes::from_static(&ZSTD)),
            ("br, gzip", twice),
        ] {
            assert_eq!(
                decoded(&headers(encoding), &encoded, 1_000),
                Decoded::Body(Bytes::from_static(body)),
                "{encoding}"
            );
        }
    }

    #[test]
    fn a_body_that_is_mislabelled_or_too_large_is_reported() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(decoded(&headers("gzip"), &bomb, 1_000_000), Decoded::TooLarge);
        assert_eq!(decoded(&headers("gzip, gzip"), &gzip(&bomb), 100_000), Decoded::TooLarge);
        for encoding in ["gzip", "deflate", "br", "zstd"] {
            assert_eq!(
                decoded(&headers(encoding), &Bytes::from_static(b"{\"a\":1}"), 1_000),
                Decoded::Malformed,
                "{encoding}"
            );
        }
        for unknown in ["compress", "gzip, lzma", "gzip, gzip, gzip, gzip", "\"gzip\""] {
            assert_eq!(
                decoded(&headers(unknown), &gzip(b"{}"), 1_000),
                Decoded::Unknown,
                "{unknown}"
            );
        }
    }
}
