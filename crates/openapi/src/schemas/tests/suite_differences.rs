//! Where results deliberately differ from the JSON Schema Test Suite, and why.

/// Each reason with its groups of tests: file and description.
pub const DIFFERENT: &[(&str, &[(&str, &str)])] = &[
    (
        "authors of APIs expect that `format` is checked; the suite treats it as an annotation",
        &[
            ("format", "email format"),
            ("format", "regex format"),
            ("format", "ipv4 format"),
            ("format", "ipv6 format"),
            ("format", "hostname format"),
            ("format", "date format"),
            ("format", "date-time format"),
            ("format", "time format"),
            ("format", "json-pointer format"),
            ("format", "relative-json-pointer format"),
            ("format", "iri format"),
            ("format", "iri-reference format"),
            ("format", "uri format"),
            ("format", "uri-reference format"),
            ("format", "uri-template format"),
            ("format", "uuid format"),
            ("format", "duration format"),
        ],
    ),
    (
        "the library that checks formats accepts every text without invalid characters",
        &[("optional/format/idn-email", "validation of an internationalized e-mail addresses")],
    ),
    (
        "this format is not checked",
        &[("optional/format/idn-hostname", "validation of internationalized host names")],
    ),
    (
        "a document cannot switch off vocabularies: OpenAPI defines one for all schemas",
        &[("vocabulary", "schema that uses custom metaschema with with no validation vocabulary")],
    ),
    (
        "a `$dynamicRef` that leads to `true` or `false` is not checked, which is reported",
        &[("dynamicRef", "$dynamicRef points to a boolean schema")],
    ),
];
