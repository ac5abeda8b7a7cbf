//! Chooses the media type of the response (RFC 9110, section 12.5.1).

use http::{HeaderMap, header};

use crate::spec::Media;

/// Maximum number of ranges that are read from one header. Further ones are ignored.
const MAX_RANGES: usize = 32;

/// The media type that the caller prefers, or JSON if it is among the preferred ones. If the caller
/// accepts none of the declared types, it gets a declared one: in a sandbox, a response is more
/// useful than a refusal.
pub fn choose<'a>(content: &'a [Media], headers: &HeaderMap) -> Option<&'a Media> {
    let ranges = ranges(headers);
    let mut best: Option<(&Media, (u16, bool))> = None;
    for media in content {
        let liking = if ranges.is_empty() { 1_000 } else { quality(&ranges, &media.content_type) };
        let rank = (liking, is_json(&media.content_type));
        if best.is_none_or(|(_, known)| rank > known) {
            best = Some((media, rank));
        }
    }
    best.map(|(media, _)| media)
}

/// `application/json; charset=utf-8` and `application/problem+json`, but not a sequence of JSON
/// texts.
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence == "application/json"
        || essence == "text/json"
        || essence.ends_with("+json")
        || essence == "*/*"
        || essence == "application/*"
}

pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A range as a media type within it.
pub fn concrete(content_type: &str) -> String {
    match essence(content_type).as_str() {
        "*/*" | "application/*" => "application/json".to_owned(),
        "text/*" => "text/plain; charset=utf-8".to_owned(),
        "image/*" => "image/png".to_owned(),
        "audio/*" => "audio/wav".to_owned(),
        "video/*" => "video/mp4".to_owned(),
        _ => content_type.chars().filter(|letter| (' '..='~').contains(letter)).collect(),
    }
}

/// Ranges with their quality in thousandths.
fn ranges(headers: &HeaderMap) -> Vec<(String, u16)> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).take(MAX_RANGES).filter_map(range).collect()
}

fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?.to_ascii_lowercase();
    let quality = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
    Some((range, (quality.clamp(0.0, 1.0) * 1_000.0) as u16))
}

/// The most specific range that includes the type decides.
fn quality(ranges: &[(String, u16)], content_type: &str) -> u16 {
    let essence = essence(&concrete(content_type));
    let kind = essence.split('/').next().unwrap_or_default();
    let quality_of = |wanted: &str| {
        ranges.iter().filter(|(range, _)| range == wanted).map(|(_, quality)| *quality).max()
    };
    quality_of(&essence)
        .or_else(|| quality_of(&format!("{kind}/*")))
        .or_else(|| quality_of("*/*"))
        .unwrap_or(0)
}
