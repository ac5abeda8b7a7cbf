//! Finds out cheaply whether a document needs other files.

/// Whether a `$ref` of the text leads to another file. Also true for some texts that only look
/// like it, such as a description that quotes one.
pub fn needs_files(document: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(document) else { return false };
    text.match_indices("$ref").any(|(at, name)| {
        let rest = text.get(at + name.len()..).unwrap_or_default();
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        let Some(target) = rest.strip_prefix(':') else { return false };
        let target = target.trim_start().trim_start_matches(['"', '\'']);
        !target.is_empty() && !target.starts_with(['#', '{', '[', '|', '>'])
    })
}

#[cfg(test)]
mod tests {
    use super::needs_files;

    #[test]
    fn only_references_to_other_files_need_files() {
        for text in ["a: {$ref: b.yaml}", r##"{"$ref" : "b.json#/A"}"##, "'$ref': '../c.yml'"] {
            assert!(needs_files(text.as_bytes()), "{text}");
        }
        for text in [
            "a: {$ref: '#/b'}",
            r##"{"$ref":"#/b"}"##,
            "properties: {$ref: {type: string}}",
            "a: $ref is a field",
            "",
        ] {
            assert!(!needs_files(text.as_bytes()), "{text}");
        }
        assert!(!needs_files(b"\xff$ref: a"));
    }
}
