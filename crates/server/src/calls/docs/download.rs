//! Files generated from products' documents, for programs and developers.

use std::sync::Arc;

use tollgate_openapi::clients::{self, ClientInfo, TooLarge};
use tollgate_openapi::docs_text::{
    ListedProduct, llms_txt, operation_markdown, product_markdown, schema_markdown,
    webhook_markdown,
};
use tollgate_openapi::facts;
use tollgate_openapi::schemas::within_task;
use tollgate_openapi::spec::decode;
use tollgate_types::code::Code;

use super::changelog;
use super::operation::scopes_of;
use super::schema::pointer;
use crate::products::{self, Catalogue, PackageSource, Product};
use crate::{App, Error, Result, offload, openapi};

/// A file and its media type.
pub struct File {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Set for files that are downloaded rather than displayed.
    pub name: Option<String>,
}

impl File {
    fn text(content_type: &'static str, text: String) -> Self {
        Self { content_type, bytes: text.into_bytes(), name: None }
    }
}

const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// The file at `path`, which starts with `/`, with its query; `None` if there is none. A page with
/// the same address has priority.
pub async fn download(app: &App, path: &str, query: &str) -> Result<Option<File>> {
    if path == "/llms.txt" {
        return all(app).await.map(Some);
    }
    let Some(rest) = path.strip_prefix("/apis/") else { return Ok(None) };
    let catalogue = app.products.catalogue(&app.db).await;
    let (id, name) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        let Some(product) = id.strip_suffix(".md").and_then(|id| catalogue.get(id)) else {
            return Ok(None);
        };
        let (product, listed) = (Arc::clone(product), Listed::of(app, product));
        let text = offload::DOCUMENTS.run(move || listed.with(&product, product_markdown)).await?;
        return Ok(Some(File::text(MARKDOWN, text)));
    }
    let Some(product) = catalogue.get(id).filter(|product| product.operation(name).is_none())
    else {
        return Ok(None);
    };
    let file = match name {
        "openapi.json" | "openapi.yaml" | "openapi" => return document(app, product, name).await,
        "openapi-3.1.json" => {
            let (app, product) = (app.clone(), Arc::clone(product));
            File::text(
                "application/json",
                offload::DOCUMENTS.run(move || normalised(&app, &product)).await??,
            )
        }
        "changelog.xml" => {
            File::text("application/rss+xml; charset=utf-8", changelog::feed(app, product).await?)
        }
        "clients/typescript.tar.gz" => package(app, product, "typescript").await?,
        "clients/python.tar.gz" => package(app, product, "python").await?,
        other => match (other.strip_prefix("schemas/"), other.strip_prefix("webhooks/")) {
            (Some(name), _) => return schema_twin(product, name, query).await,
            (_, Some(name)) => return webhook_twin(product, name).await,
            _ => return twin(app, product, other).await,
        },
    };
    Ok(Some(file))
}

/// The product's public URL.
struct Listed {
    base_url: String,
    docs_url: String,
}

impl Listed {
    fn of(app: &App, product: &Product) -> Self {
        let portal = app.config.base_url();
        Self {
            base_url: format!("{portal}{}", product.prefix()),
            docs_url: format!("{portal}/apis/{}", product.id),
        }
    }

    fn with<T>(&self, product: &Product, write: impl FnOnce(&ListedProduct) -> T) -> T {
        write(&ListedProduct {
            name: &product.view.view.name,
            spec: &product.spec,
            base_url: &self.base_url,
            docs_url: &self.docs_url,
        })
    }
}

async fn all(app: &App) -> Result<File> {
    let catalogue = app.products.catalogue(&app.db).await;
    let app = app.clone();
    offload::DOCUMENTS.run(move || list(&app, &catalogue)).await
}

fn list(app: &App, catalogue: &Catalogue) -> File {
    let places: Vec<(&Arc<Product>, Listed)> =
        catalogue.all().map(|product| (product, Listed::of(app, product))).collect();
    let products: Vec<ListedProduct> = places
        .iter()
        .map(|(product, listed)| ListedProduct {
            name: &product.view.view.name,
            spec: &product.spec,
            base_url: &listed.base_url,
            docs_url: &listed.docs_url,
        })
        .collect();
    let summary = "APIs that can be called with a key of this portal. A sandbox key is free; the guide is at /docs, error codes at /docs/errors.";
    File::text("text/plain; charset=utf-8", llms_txt("Tollgate", summary, &products))
}

async fn twin(app: &App, product: &Arc<Product>, name: &str) -> Result<Option<File>> {
    let Some(operation) = name.strip_suffix(".md").and_then(|id| product.operation(id)).cloned()
    else {
        return Ok(None);
    };
    let Listed { base_url, .. } = Listed::of(app, product);
    let product = Arc::clone(product);
    let scopes = scopes_of(&product, &operation);
    let text = offload::DOCUMENTS.run(move || {
        within_task(|| {
            let spec = product.spec.operations.get(operation.place?)?;
            if !facts::is_public(&product.spec, spec) {
                return None;
            }
            Some(operation_markdown(product.validator().schemas(), spec, &base_url, &scopes))
        })
    });
    Ok(text.await?.map(|text| File::text(MARKDOWN, text)))
}

/// The Markdown of a schema's page; `query` may have its JSON pointer as `at`.
async fn schema_twin(product: &Arc<Product>, name: &str, query: &str) -> Result<Option<File>> {
    let Some(name) = name.strip_suffix(".md").and_then(decode) else { return Ok(None) };
    let at = query.split('&').find_map(|pair| pair.strip_prefix("at="));
    let at = at.and_then(decode).unwrap_or_default();
    let (product, at) = (Arc::clone(product), pointer(&name, &at));
    let text = offload::DOCUMENTS.run(move || schema_markdown(&product.spec, &at)).await?;
    Ok(text.map(|text| File::text(MARKDOWN, text)))
}

async fn webhook_twin(product: &Arc<Product>, name: &str) -> Result<Option<File>> {
    let Some(name) = name.strip_suffix(".md").and_then(decode) else { return Ok(None) };
    let (product, name) = (Arc::clone(product), name.into_owned());
    let text = offload::DOCUMENTS.run(move || webhook_markdown(&product.spec, &name)).await?;
    Ok(text.map(|text| File::text(MARKDOWN, text)))
}

/// The document as it was registered; converted to JSON if requested.
async fn document(app: &App, product: &Arc<Product>, name: &str) -> Result<Option<File>> {
    if let Some(own) = &product.own {
        return Ok((name != "openapi.yaml").then(|| File {
            content_type: "application/json",
            bytes: own.document.clone(),
            name: None,
        }));
    }
    let Some(bytes) = products::document(&app.db, &product.id, product.view.view.revision).await?
    else {
        return Ok(None);
    };
    Ok(match (is_json(&bytes), name) {
        (true, "openapi.yaml") => None,
        (true, _) => Some(File { content_type: "application/json", bytes, name: None }),
        (false, "openapi.json") => {
            let product = Arc::clone(product);
            let text = offload::DOCUMENTS
                .run(move || serde_json::to_string_pretty(&product.spec.root))
                .await??;
            Some(File::text("application/json", text))
        }
        (false, _) => Some(File { content_type: "application/yaml", bytes, name: None }),
    })
}

/// Whether the document was registered as JSON; otherwise it is YAML.
pub async fn is_published_as_json(app: &App, product: &Product) -> Result<bool> {
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
    document.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf))
        == Some(&b'{')
}

/// In OpenAPI 3.1, with this portal as server and its keys as security.
fn normalised(app: &App, product: &Product) -> serde_json::Result<String> {
    let base_url = app.config.base_url();
    if let Some(own) = &product.own {
        return Ok(String::from_utf8_lossy(&own.document).into_owned());
    }
    serde_json::to_string_pretty(&openapi::for_gateway(product, &base_url)?)
}

async fn package(app: &App, product: &Arc<Product>, language: &'static str) -> Result<File> {
    let name = format!("{}-{language}-{}.tar.gz", product.id, product.view.view.revision);
    let (stored, same) = (Arc::clone(&app.docs.stored_packages), Arc::clone(product));
    let base_url = Listed::of(app, product).base_url;
    let made = async move {
        let make = move || {
            stored.package(&source(&same, &base_url, language), || {
                generated(&same, &base_url, language)
            })
        };
        Ok::<Arc<[u8]>, Error>(offload::DOCUMENTS.run(make).await??.into())
    };
    let bytes = app.docs.package(product, language, made).await?.to_vec();
    Ok(File { content_type: "application/gzip", bytes, name: Some(name) })
}

fn source<'a>(
    product: &'a Product,
    base_url: &'a str,
    language: &'static str,
) -> PackageSource<'a> {
    PackageSource {
        product_id: &product.id,
        version: &product.view.view.version,
        base_url,
        document: &product.spec.root,
        language,
        generation: clients::GENERATION,
    }
}

/// The archive of a new package.
fn generated(product: &Product, base_url: &str, language: &str) -> Result<Vec<u8>> {
    let info = ClientInfo {
        product_id: product.id.to_string(),
        base_url: base_url.to_owned(),
        version: product.view.view.version.clone(),
    };
    let make: clients::Generator =
        if language == "python" { clients::python } else { clients::typescript };
    let files = make(&product.spec, &info).map_err(|cause: TooLarge| {
        let detail = format!("{cause} Generate a client from the document itself.");
        Error::new(Code::NotFound, detail)
    })?;
    Ok(clients::archive(&files).map_err(anyhow::Error::from)?)
}
