//! How a parameter with several values is written, in words.

use crate::server::spec::{Parameter, Place};
use crate::types::docs::SchemaNode;

/// None for what is written as it is.
pub fn style(parameter: &Parameter, schema: &SchemaNode) -> Option<String> {
    let Parameter { name, place, style, explode, .. } = parameter;
    if *place == Place::Cookie {
        return Some("not passed on: the gateway takes all cookies away".to_owned());
    }
    if let Some(content_type) = &parameter.content_type {
        return Some(format!("written as {content_type}"));
    }
    let is = |kind: &str| schema.kind.split(' ').any(|word| word == kind);
    let (is_list, is_object) = (is("array"), is("object"));
    match (style.as_str(), place) {
        ("label", Place::Path) => return Some("with a dot before it".to_owned()),
        ("matrix", Place::Path) if is_object && *explode => return Some("written as ;field=value".to_owned()),
        ("matrix", Place::Path) => return Some(format!("written as ;{name}=value")),
        _ if !is_list && !is_object => return None,
        _ => {}
    }
    Some(match (style.as_str(), place) {
        ("deepObject", _) => format!("written as {name}[field]=value"),
        (_, Place::Query) if *explode && is_object => "each field is a parameter of its own".to_owned(),
        (_, Place::Query) if *explode => format!("once for each item: {name}=…&{name}=…"),
        ("spaceDelimited", _) => "separated by spaces".to_owned(),
        ("pipeDelimited", _) => "separated by |".to_owned(),
        _ if is_object && *explode => "written as field=value, separated by commas".to_owned(),
        _ => "separated by commas".to_owned(),
    })
}
