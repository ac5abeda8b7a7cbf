//! `host`, `basePath` and `schemes`.

use serde_json::{Value, json};

use super::context::Fields;

/// The servers of the document, or of an operation with its own schemes. HTTPS comes first, because
/// the first server is the one that is called.
pub fn servers(root: &Fields, schemes: Option<&Value>) -> Vec<Value> {
    let text = |key| root.get(key).and_then(Value::as_str).unwrap_or_default().trim();
    let path = text("basePath").trim_end_matches('/');
    let separator = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    let written = text("host").trim_end_matches('/');
    if written.is_empty() {
        return if path.is_empty() {
            Vec::new()
        } else {
            vec![json!({ "url": format!("{separator}{path}") })]
        };
    }
    // Some authors write a URL.
    let (own, host) =
        written.split_once("://").map_or((None, written), |(scheme, host)| (Some(scheme), host));
    let listed = schemes.or_else(|| root.get("schemes")).and_then(Value::as_array);
    let mut schemes: Vec<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    if schemes.is_empty() {
        schemes.push(own.unwrap_or("https"));
    }
    schemes.sort_by_key(|scheme| match *scheme {
        "https" => 0,
        "http" => 1,
        _ => 2,
    });
    schemes.dedup();
    let url = |scheme: &str| json!({ "url": format!("{scheme}://{host}{separator}{path}") });
    schemes.into_iter().map(url).collect()
}
