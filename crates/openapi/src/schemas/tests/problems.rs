use std::sync::Arc;

use serde_json::json;

use super::super::Schemas;
use super::spec_of;

#[test]
fn what_cannot_be_read_is_listed_with_its_place() {
    let spec = spec_of(json!({
        "Right": {"type": "object", "properties": {"pattern": {"pattern": "^a$"}, "enum": {"type": "string"}}, "allOf": [], "$anchor": "!"},
        "Wrong": {"properties": {"default": {"pattern": "(?<"}}, "patternProperties": {"[": true},
            "items": {"anyOf": [{"pattern": "/^a$/i"}]}, "examples": [{"pattern": "(?<"}]},
    }));
    for schemas in [Schemas::of_responses(Arc::clone(&spec)), Schemas::of_requests(spec)] {
        let mut places: Vec<String> =
            schemas.problems().into_iter().map(|problem| problem.pointer).collect();
        places.sort();
        let wrong = "/components/schemas/Wrong";
        assert_eq!(
            places,
            [
                format!("{wrong}/items/anyOf/0/pattern"),
                format!("{wrong}/patternProperties/["),
                format!("{wrong}/properties/default/pattern"),
            ]
        );
    }
}
