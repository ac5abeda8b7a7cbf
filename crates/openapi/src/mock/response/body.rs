//! Writes a value as bytes of a media type.

use serde_json::Value;

use super::{ResponseContext, accept, xml};
use crate::spec::Media;
use crate::wire::{self, FORM, Writing};

/// An image of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

pub fn written(
    context: &ResponseContext,
    media: &Media,
    content_type: &str,
    value: &Value,
) -> Vec<u8> {
    let essence = accept::essence(content_type);
    match essence.as_str() {
        "application/x-ndjson"
        | "application/jsonl"
        | "application/ndjson"
        | "application/json-seq"
        | "application/x-jsonlines" => lines(value),
        "text/event-stream" => events(value),
        FORM => form(media, value),
        _ if accept::is_json(&essence) => value.to_string().into_bytes(),
        _ if essence == "application/xml" || essence == "text/xml" || essence.ends_with("+xml") => {
            value
                .as_str()
                .filter(|text| text.trim_start().starts_with('<'))
                .map_or_else(|| xml::written(root_name(media), value), str::to_owned)
                .into_bytes()
        }
        "image/png" => PNG.to_vec(),
        "image/gif" => GIF.to_vec(),
        "application/pdf" => PDF.to_vec(),
        "text/html" => html(context, value).into_bytes(),
        _ => text(value).into_bytes(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One JSON text per line: the items of a list, or the value itself.
fn lines(value: &Value) -> Vec<u8> {
    if let Value::String(text) = value {
        return text.clone().into_bytes();
    }
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .map(|item| format!("{item}\n"))
        .collect::<String>()
        .into_bytes()
}

fn events(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) if text.starts_with("data:") || text.starts_with("event:") => {
            text.clone().into_bytes()
        }
        other => {
            let one = std::slice::from_ref(other);
            other
                .as_array()
                .map_or(one, Vec::as_slice)
                .iter()
                .map(|item| format!("data: {}\n\n", text(item).replace('\n', "\ndata: ")))
                .collect::<String>()
                .into_bytes()
        }
    }
}

fn form(media: &Media, value: &Value) -> Vec<u8> {
    let Value::Object(fields) = value else { return text(value).into_bytes() };
    let schema = &Value::Bool(true);
    let pairs = fields.iter().flat_map(|(name, value)| {
        wire::query(&Writing::of_field(name, schema, media.encoding_of(name)), value)
    });
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

fn html(context: &ResponseContext, value: &Value) -> String {
    match value.as_str().filter(|text| text.trim_start().starts_with('<')) {
        Some(page) => page.to_owned(),
        None => {
            format!(
                "<!doctype html><title>{}</title><pre>{}</pre>\n",
                xml::escaped(&context.operation.id),
                xml::escaped(&text(value))
            )
        }
    }
}

/// `xml.name` of the schema, otherwise the name of the schema.
fn root_name(media: &Media) -> &str {
    let named = media.schema.get("xml").and_then(|xml| xml.get("name")).and_then(Value::as_str);
    let referred = || {
        media
            .schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.rsplit('/').next())
    };
    named.or_else(referred).unwrap_or("answer")
}
