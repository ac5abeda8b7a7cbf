//! Calls to an operation as programs in several languages.
