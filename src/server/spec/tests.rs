//! Whole documents, good and bad.

mod documents;

use super::Spec;
