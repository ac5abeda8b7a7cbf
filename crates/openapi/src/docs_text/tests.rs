use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::schemas::Schemas;

fn pets() -> Arc<Spec> {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1.2", "description": "All *pets*.\n\n```\nnever closed" },
        "webhooks": { "pet.gone": { "post": { "responses": { "200": { "description": "Heard" } } } } },
        "tags": [{ "name": "pets", "description": "What purrs" }],
        "paths": {
            "/pets/{id}": { "put": {
                "operationId": "putPet", "tags": ["pets"], "summary": "Put [a] pet\nback", "description": "Puts it.", "deprecated": true,
                "parameters": [
                    { "in": "path", "name": "id", "required": true, "schema": { "type": "string", "pattern": "a|b" }, "description": "One | two\nlines \\" },
                    { "in": "header", "name": "X|`Y", "schema": { "type": "integer", "minimum": 1 } },
                ],
                "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } },
                "responses": { "200": { "description": "Done", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } }, "default": { "description": "Not done" } },
            } },
            "/health": { "get": { "operationId": "health", "responses": { "204": { "description": "Well" } } } },
        },
        "components": { "schemas": { "Pet": { "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string", "description": "What it\nhears to" }, "parent": { "$ref": "#/components/schemas/Pet" },
        } } } },
    });
    Arc::new(Spec::from_value(document).unwrap())
}

fn listed(spec: &Spec) -> ListedProduct<'_> {
    ListedProduct {
        name: "Pet shop",
        spec,
        base_url: "https://x.test/api/pets",
        docs_url: "https://x.test/docs/pets",
    }
}

#[test]
fn an_operation_is_described_in_full() {
    let spec = pets();
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    let text = operation_markdown(
        &schemas,
        spec.operation("putPet").unwrap(),
        "https://x.test/api/pets",
        &["pets:write".to_owned(), "pets:*".to_owned()],
    );
    let head = "# Put \\[a\\] pet back\n\n`PUT /pets/{id}`\n\n- Operation: `putPet`\n- Base URL: `https://x.test/api/pets`\n- Scope: `pets:write` or `pets:*`\n- Deprecated\n\nPuts it.\n";
    assert!(text.starts_with(head), "{text}");
    assert!(
        text.contains(
            "| `id` | path | yes | string, `pattern: a\\|b` | One \\| two lines \\\\ |\n"
        ),
        "{text}"
    );
    assert!(text.contains("| `` X\\|`Y `` | header | no | integer, at least 1 |  |\n"), "{text}");
    assert!(
        text.contains(
            "## Body\n\nRequired.\n\n`application/json`\n\n- `name`: string, required. What it hears to\n- `parent`: object `Pet`, as above\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("### 200\n\nDone\n") && text.contains("### default\n\nNot done\n"),
        "{text}"
    );
    assert!(
        text.contains("## Example\n\n```sh\ncurl -i -X PUT 'https://x.test/api/pets/pets/"),
        "{text}"
    );
}

#[test]
fn a_table_keeps_its_cells_whatever_stands_in_them() {
    let spec = pets();
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    let text =
        operation_markdown(&schemas, spec.operation("putPet").unwrap(), "https://x.test", &[]);
    let html = crate::markdown::to_html(&text);
    let rows: Vec<&str> = html.split("<tr>").filter(|row| row.contains("<td>")).collect();
    assert_eq!(rows.len(), 2, "{html}");
    assert!(rows.iter().all(|row| row.matches("<td>").count() == 5), "{html}");
    assert!(rows[0].contains("One | two lines \\"), "{html}");
}

#[test]
fn a_product_lists_its_operations_by_tag() {
    let spec = pets();
    let text = product_markdown(&listed(&spec));
    let expected = "# Pet shop\n\nVersion 1.2 · base URL `https://x.test/api/pets`\n\nAll *pets*.\n\n```\nnever closed\n```\n\n\
        ## pets\n\nWhat purrs\n\n- [PUT /pets/{id}](https://x.test/docs/pets/putPet.md): Put \\[a\\] pet back (deprecated)\n\n\
        ## Other operations\n\n- [GET /health](https://x.test/docs/pets/health.md): health\n\n\
        ## Webhooks\n\nRequests that the API sends. Your server receives them.\n\n- [pet.gone](https://x.test/docs/pets/webhooks/pet.gone.md)\n\n\
        ## Schemas\n\n- [Pet](https://x.test/docs/pets/schemas/Pet.md)\n";
    assert_eq!(text, expected);
}

#[test]
fn language_models_find_every_operation() {
    let spec = pets();
    let text = llms_txt("Portal", "APIs of\nExample", &[listed(&spec)]);
    let expected = "# Portal\n\n> APIs of Example\n\n## Pet shop\n\n- [Pet shop](https://x.test/docs/pets.md): All pets.\n\
        - [PUT /pets/{id}](https://x.test/docs/pets/putPet.md): Put \\[a\\] pet back (deprecated)\n\
        - [GET /health](https://x.test/docs/pets/health.md): health\n";
    assert_eq!(text, expected);
}

#[test]
fn every_operation_of_real_documents_has_a_text_of_bounded_length() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/specs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let spec = Arc::new(Spec::read(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap());
        let schemas = Schemas::of_requests(Arc::clone(&spec));
        for operation in &spec.operations {
            let text = operation_markdown(&schemas, operation, "https://x.test", &[]);
            assert!(text.len() < 1 << 20, "{}: {}", operation.id, text.len());
            let html = crate::markdown::to_html(&text);
            assert!(html.matches("<tr>").count() >= operation.parameters.len(), "{}", operation.id);
        }
    }
}

#[test]
fn an_operation_says_which_parts_its_document_lacks() {
    let document = json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
        "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": { "$ref": "#/components/responses/None" } } } } },
    });
    let spec = Arc::new(Spec::from_value(document).unwrap());
    let schemas = Schemas::of_requests(Arc::clone(&spec));
    let text = operation_markdown(&schemas, &spec.operations[0], "https://x.test", &[]);
    assert!(
        text.contains(
            "- Incomplete: the OpenAPI document does not contain `#/components/responses/None`"
        ),
        "{text}"
    );
}
