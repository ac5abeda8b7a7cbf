//! Tags as readers see them.

use serde_json::Value;
use tollgate_types::docs::Fact;

use super::{MAX_FACTS, documentation, listed, text};
use crate::spec::Spec;

/// What a document says about a tag besides its description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownTag {
    /// `x-displayName` or `summary`, otherwise the name.
    pub title: String,
    /// Its group in `x-tagGroups`. Empty without one.
    pub group: String,
    pub documentation: Option<Fact>,
}

pub fn tag(spec: &Spec, name: &str) -> ShownTag {
    let all = |key: &str| spec.root.get(key).and_then(Value::as_array).into_iter().flatten();
    let written = all("tags").find(|tag| tag.get("name").is_some_and(|known| known == name));
    let group = all("x-tagGroups")
        .take(MAX_FACTS)
        .find(|group| listed(group.get("tags")).any(|known| known == name))
        .map(|group| text(group, "name"));
    let title = written.and_then(|tag| {
        ["x-displayName", "summary"].iter().map(|key| text(tag, key)).find(|text| !text.is_empty())
    });
    ShownTag {
        title: title.unwrap_or_else(|| name.to_owned()),
        group: group.unwrap_or_default(),
        documentation: written.and_then(documentation),
    }
}
