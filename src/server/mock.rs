//! The built-in sandbox: answers made from a document's examples and schemas.
