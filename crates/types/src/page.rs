use serde::{Deserialize, Serialize};

/// One page of a list. Entries that are added while you page do not shift the pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The entries of this page, in the order of the list.
    pub data: Vec<T>,
    /// Pass this value as `cursor` to get the next page. Null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows. The extra row only indicates that more follow.
    pub fn from_rows(mut rows: Vec<T>, limit: i64, id: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(id) } else { None };
        Self { data: rows, next_cursor }
    }

    /// If this seems to be the last page, continues from `rest`, because the rows after it were not
    /// read.
    pub fn or_from(mut self, rest: Option<impl ToString>) -> Self {
        self.next_cursor = self.next_cursor.or_else(|| rest.map(|id| id.to_string()));
        self
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}
