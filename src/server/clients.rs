//! Client packages made from a document.
