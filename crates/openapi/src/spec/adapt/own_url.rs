//! `$self` of OpenAPI 3.2: the URL of the document, by which it may refer to its own parts.

use serde_json::{Value, json};
use url::Url;

use crate::spec::walk::walk_all;

/// Makes references to the document's own URL begin with `#`.
pub fn make_local(root: &mut Value) {
    let Some(own) = root.get("$self").and_then(Value::as_str) else { return };
    // `$self` may be relative; then only its path is compared.
    let base = Url::parse("https://document.invalid/").and_then(|base| base.join(own));
    let Ok(base) = base else { return };
    let mut found = Vec::new();
    walk_all(root, &mut |_, value, pointer| {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return };
        if !reference.starts_with('#')
            && let Ok(mut target) = base.join(reference)
        {
            let fragment = target.fragment().unwrap_or_default().to_owned();
            target.set_fragment(None);
            if target == base {
                found.push((pointer.to_owned(), format!("#{fragment}")));
            }
        }
    });
    for (pointer, reference) in found {
        if let Some(Value::Object(fields)) = root.pointer_mut(&pointer) {
            fields.insert("$ref".to_owned(), json!(reference));
        }
    }
}
