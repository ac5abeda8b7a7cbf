//! How a parameter with several values is written, in words.

use tollgate_types::docs::SchemaNode;

use crate::spec::{Parameter, Place};
use crate::wire::Writing;

/// `None` if the value is written unchanged.
pub fn style(parameter: &Parameter, schema: &SchemaNode) -> Option<String> {
    let Parameter { name, place, style, explode, .. } = parameter;
    if *place == Place::Cookie {
        return Some("not forwarded: the gateway removes all cookies".to_owned());
    }
    if let Some(content_type) = &parameter.content_type {
        return Some(format!("written as {content_type}"));
    }
    let is = |kind: &str| schema.kind.split(' ').any(|word| word == kind);
    let (is_list, is_object) = (is("array"), is("object"));
    match (style.as_str(), place) {
        ("label", Place::Path) => return Some("prefixed with a dot".to_owned()),
        ("matrix", Place::Path) if is_object && *explode => {
            return Some("written as ;field=value".to_owned());
        }
        ("matrix", Place::Path) => return Some(format!("written as ;{name}=value")),
        _ if !is_list && !is_object => return None,
        _ => {}
    }
    Some(match (style.as_str(), place) {
        ("deepObject", _) if is_list && !is_object => {
            let base = Writing::of(parameter).base();
            format!("written as {base}[0]=value, or {base}[]=value")
        }
        ("deepObject", _) => format!("written as {name}[field]=value"),
        (_, Place::Query) if *explode && is_object => {
            "each field is a separate parameter".to_owned()
        }
        (_, Place::Query) if *explode => format!("repeated for each item: {name}=…&{name}=…"),
        ("spaceDelimited", _) => "separated by spaces".to_owned(),
        ("pipeDelimited", _) => "separated by |".to_owned(),
        _ if is_object && *explode => "written as field=value, separated by commas".to_owned(),
        _ => "separated by commas".to_owned(),
    })
}
