//! Files made of products' documents, for programs and for those who write them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::changelog;
use super::operation::scopes_of;
use crate::server::clients::{self, ClientInfo};
use crate::server::docs_text::{ListedProduct, llms_txt, operation_markdown, product_markdown};
use crate::server::products::{self, Product};
use crate::server::{App, Result};

/// A file and its media type.
pub struct File {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Set for what is stored rather than read.
    pub name: Option<String>,
}

impl File {
    fn text(content_type: &'static str, text: String) -> Self {
        Self { content_type, bytes: text.into_bytes(), name: None }
    }
}

const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// The file at `path`, beginning with `/`; none if it is no file's. A page of the same address wins.
pub async fn download(app: &App, path: &str) -> Result<Option<File>> {
    if path == "/llms.txt" {
        return Ok(Some(all(app).await));
    }
    let Some(rest) = path.strip_prefix("/apis/") else { return Ok(None) };
    let catalogue = app.products.catalogue(&app.db).await;
    let (id, name) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        let product = id.strip_suffix(".md").and_then(|id| catalogue.get(id));
        return Ok(product.map(|product| File::text(MARKDOWN, Listed::of(app, product).with(product, product_markdown))));
    }
    let Some(product) = catalogue.get(id).filter(|product| product.operation(name).is_none()) else { return Ok(None) };
    let file = match name {
        "openapi.json" | "openapi.yaml" | "openapi" => return document(app, product, name).await,
        "openapi-3.1.json" => File::text("application/json", normalised(app, product)),
        "changelog.xml" => File::text("application/rss+xml; charset=utf-8", changelog::feed(app, product).await?),
        "clients/typescript.tar.gz" => package(app, product, "typescript").await?,
        "clients/python.tar.gz" => package(app, product, "python").await?,
        other => return twin(app, product, other).await,
    };
    Ok(Some(file))
}

/// Where a product is, on the outside.
struct Listed {
    base_url: String,
    docs_url: String,
}

impl Listed {
    fn of(app: &App, product: &Product) -> Self {
        let portal = app.config.base_url();
        Self { base_url: format!("{portal}{}", product.prefix()), docs_url: format!("{portal}/apis/{}", product.id) }
    }

    fn with<T>(&self, product: &Product, write: impl FnOnce(&ListedProduct) -> T) -> T {
        write(&ListedProduct { name: &product.view.view.name, spec: &product.spec, base_url: &self.base_url, docs_url: &self.docs_url })
    }
}

async fn all(app: &App) -> File {
    let catalogue = app.products.catalogue(&app.db).await;
    let places: Vec<(&Arc<Product>, Listed)> = catalogue.all().map(|product| (product, Listed::of(app, product))).collect();
    let products: Vec<ListedProduct> = places
        .iter()
        .map(|(product, listed)| ListedProduct {
            name: &product.view.view.name,
            spec: &product.spec,
            base_url: &listed.base_url,
            docs_url: &listed.docs_url,
        })
        .collect();
    let summary =
        "APIs that can be called with a key of this portal. A sandbox key is free; the guide is at /docs, error codes at /docs/errors.";
    File::text("text/plain; charset=utf-8", llms_txt("Tollgate", summary, &products))
}

async fn twin(app: &App, product: &Arc<Product>, name: &str) -> Result<Option<File>> {
    let Some(operation) = name.strip_suffix(".md").and_then(|id| product.operation(id)).cloned() else { return Ok(None) };
    let Listed { base_url, .. } = Listed::of(app, product);
    let product = Arc::clone(product);
    let scopes = scopes_of(&product, &operation);
    let text = tokio::task::spawn_blocking(move || {
        let spec = product.spec.operations.get(operation.place?)?;
        Some(operation_markdown(product.validator().schemas(), spec, &base_url, &scopes))
    });
    Ok(text.await.map_err(anyhow::Error::from)?.map(|text| File::text(MARKDOWN, text)))
}

/// The document as it was handed in; as JSON, if that is asked for.
async fn document(app: &App, product: &Product, name: &str) -> Result<Option<File>> {
    if product.is_platform() {
        let json = serde_json::to_vec_pretty(&crate::server::api::openapi())?;
        return Ok((name != "openapi.yaml").then_some(File { content_type: "application/json", bytes: json, name: None }));
    }
    let Some(bytes) = products::document(&app.db, &product.id, product.view.view.revision).await? else { return Ok(None) };
    Ok(match (is_json(&bytes), name) {
        (true, "openapi.yaml") => None,
        (true, _) => Some(File { content_type: "application/json", bytes, name: None }),
        (false, "openapi.json") => Some(File::text("application/json", serde_json::to_string_pretty(&product.spec.root)?)),
        (false, _) => Some(File { content_type: "application/yaml", bytes, name: None }),
    })
}

/// Whether the document was handed in as JSON; else it is YAML.
pub async fn is_handed_in_as_json(app: &App, product: &Product) -> Result<bool> {
    if product.is_platform() {
        return Ok(true);
    }
    if let Some(known) = app.docs.form(product) {
        return Ok(known);
    }
    let document = products::document(&app.db, &product.id, product.view.view.revision).await?;
    let is_json = document.is_none_or(|bytes| is_json(&bytes));
    app.docs.keep_form(product, is_json);
    Ok(is_json)
}

fn is_json(document: &[u8]) -> bool {
    document.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf)) == Some(&b'{')
}

/// In OpenAPI 3.1, and with this portal as its server and its keys as the way in.
fn normalised(app: &App, product: &Product) -> String {
    let mut root = product.spec.root.clone();
    if let Some(root) = root.as_object_mut() {
        root.insert("openapi".to_owned(), json!("3.1.0"));
        root.insert("servers".to_owned(), json!([{ "url": format!("{}{}", app.config.base_url(), product.prefix()) }]));
        root.insert("security".to_owned(), json!([{ "tollgate": [] }]));
        let components = root.entry("components").or_insert_with(|| json!({}));
        if let Some(components) = components.as_object_mut() {
            components.insert("securitySchemes".to_owned(), json!({ "tollgate": { "type": "http", "scheme": "bearer" } }));
        }
        // What an operation asks for was meant for the server behind.
        for operation in product.spec.operations.iter().filter(|_| !product.is_platform()) {
            if let Some(Value::Object(operation)) = pointed(root, &operation.pointer) {
                operation.shift_remove("security");
                operation.shift_remove("servers");
            }
        }
    }
    serde_json::to_string_pretty(&root).unwrap_or_default()
}

fn pointed<'a>(root: &'a mut serde_json::Map<String, Value>, pointer: &str) -> Option<&'a mut Value> {
    let (first, rest) = pointer.strip_prefix('/')?.split_once('/')?;
    root.get_mut(&first.replace("~1", "/").replace("~0", "~"))?.pointer_mut(&format!("/{rest}"))
}

async fn package(app: &App, product: &Arc<Product>, language: &'static str) -> Result<File> {
    let (app, product) = (app.clone(), Arc::clone(product));
    let made = tokio::task::spawn_blocking(move || {
        let info = ClientInfo {
            product_id: product.id.to_string(),
            base_url: Listed::of(&app, &product).base_url,
            version: product.view.view.version.clone(),
        };
        let bytes = app.docs.package(&product, language, || {
            let files =
                if language == "python" { clients::python(&product.spec, &info) } else { clients::typescript(&product.spec, &info) };
            clients::archive(&files)
        });
        bytes.map(|bytes| File {
            content_type: "application/gzip",
            bytes: bytes.to_vec(),
            name: Some(format!("{}-{language}-{}.tar.gz", product.id, product.view.view.revision)),
        })
    });
    Ok(made.await.map_err(anyhow::Error::from)??)
}
