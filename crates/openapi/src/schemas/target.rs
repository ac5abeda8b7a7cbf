//! Schemas that are evaluated by location: targets of a document's references, and schemas of
//! operations. Each is compiled when it is first needed, once for all references to it.

use std::sync::{OnceLock, Weak};

use serde_json::Value;

use super::Schemas;
use super::compile::Compiler;
use super::node::Node;
use crate::spec::schemas_in;

pub struct Target {
    pub source: Source,
    node: OnceLock<Node>,
    /// Its `$dynamicAnchor`s, if the document has a `$dynamicRef`.
    anchors: OnceLock<Vec<(String, Weak<Target>)>>,
}

pub enum Source {
    /// A JSON pointer into the document.
    Place(String),
    /// The same for a base as a part of its subtypes.
    Base(String),
    Inline(Value),
}

impl Target {
    pub fn new(source: Source) -> Self {
        Self { source, node: OnceLock::new(), anchors: OnceLock::new() }
    }

    fn schema<'a>(&'a self, schemas: &'a Schemas) -> Option<&'a Value> {
        match &self.source {
            Source::Place(pointer) | Source::Base(pointer) => schemas.root().pointer(pointer),
            Source::Inline(schema) => Some(schema),
        }
    }

    pub fn is_compiled(&self) -> bool {
        self.node.get().is_some()
    }

    pub fn node(&self, schemas: &Schemas) -> &Node {
        self.node.get_or_init(|| {
            let mut compiler = match &self.source {
                Source::Place(own) => Compiler::at_place(schemas, own, true),
                Source::Base(own) => Compiler::at_place(schemas, own, false),
                Source::Inline(_) => Compiler::of(schemas),
            };
            self.schema(schemas).map_or_else(Node::unreadable, |schema| compiler.node(schema, 0))
        })
    }

    pub fn anchors(&self, schemas: &Schemas) -> &[(String, Weak<Target>)] {
        self.anchors.get_or_init(|| {
            let mut found = Vec::new();
            if let Some(schema) = self.schema(schemas).filter(|_| schemas.has_dynamic_references())
            {
                schemas_in(schema, &mut |inner, pointer| {
                    if let Some(name) = inner.get("$dynamicAnchor").and_then(Value::as_str) {
                        let target = match &self.source {
                            Source::Place(own) | Source::Base(own) => {
                                schemas.target(&format!("{own}{pointer}"))
                            }
                            Source::Inline(_) => schemas.keep(inner.clone()),
                        };
                        found.push((name.to_owned(), target));
                    }
                });
            }
            found
        })
    }
}
