//! Pages: a file per page, folders as in the URL.
