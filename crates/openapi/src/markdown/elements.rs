//! The HTML elements that descriptions may use, and how each is shown.

use Role::{
    Block, Caption, Cell, Discarded, Heading, Inline, Item, Line, Link, Paragraph, Part, Picture,
    Row, Summary, Table, Term, Transparent, Void,
};

/// How elements may be nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Inline,
    Link,
    Picture,
    /// Without content, in a line.
    Void,
    /// A line between blocks.
    Line,
    Paragraph,
    Heading,
    Block,
    /// Only in a list.
    Item,
    /// Only in a list of terms.
    Term,
    Table,
    /// `thead`, `tbody` or `tfoot`.
    Part,
    Caption,
    Row,
    Cell,
    Summary,
    /// Its content is shown, but not the element itself.
    Transparent,
    /// Its content is not text for readers.
    Discarded,
}

/// The element that is written instead of `name`, and its role. `None` for unknown names, which
/// are shown as text: authors write `<token>` for a value to insert. Headings become one level
/// lower, because each page has its own first heading.
pub fn element(name: &str) -> Option<(&'static str, Role)> {
    const SAME: [(&str, Role); 44] = [
        ("b", Inline),
        ("strong", Inline),
        ("i", Inline),
        ("em", Inline),
        ("u", Inline),
        ("s", Inline),
        ("del", Inline),
        ("ins", Inline),
        ("code", Inline),
        ("kbd", Inline),
        ("samp", Inline),
        ("var", Inline),
        ("sub", Inline),
        ("sup", Inline),
        ("small", Inline),
        ("mark", Inline),
        ("cite", Inline),
        ("q", Inline),
        ("abbr", Inline),
        ("dfn", Inline),
        ("span", Inline),
        ("a", Link),
        ("img", Picture),
        ("br", Void),
        ("hr", Line),
        ("p", Paragraph),
        ("div", Block),
        ("blockquote", Block),
        ("pre", Block),
        ("details", Block),
        ("ul", Block),
        ("ol", Block),
        ("dl", Block),
        ("li", Item),
        ("dt", Term),
        ("dd", Term),
        ("table", Table),
        ("thead", Part),
        ("tbody", Part),
        ("tfoot", Part),
        ("caption", Caption),
        ("tr", Row),
        ("th", Cell),
        ("td", Cell),
    ];
    if let Some(known) = SAME.iter().find(|(known, _)| *known == name) {
        return Some(*known);
    }
    Some(match name {
        "h1" => ("h2", Heading),
        "h2" => ("h3", Heading),
        "h3" => ("h4", Heading),
        "h4" => ("h5", Heading),
        "h5" | "h6" => ("h6", Heading),
        "summary" => ("summary", Summary),
        "strike" => ("s", Inline),
        "tt" => ("code", Inline),
        "section" | "article" | "main" | "header" | "footer" | "aside" | "nav" | "center"
        | "figure" | "address" | "figcaption" => ("div", Block),
        "html" | "body" | "head" | "font" | "big" | "wbr" | "nobr" | "label" | "form" | "input"
        | "button" | "fieldset" | "legend" | "link" | "meta" | "base" | "col" | "colgroup"
        | "embed" | "param" | "source" | "track" | "area" | "map" | "bdi" | "bdo" | "time"
        | "data" | "frame" | "frameset" | "marquee" | "blink" | "option" | "optgroup" => {
            ("", Transparent)
        }
        "script" | "style" | "iframe" | "object" | "applet" | "template" | "textarea" | "title"
        | "noscript" | "noembed" | "noframes" | "xmp" | "plaintext" | "svg" | "math" | "select"
        | "audio" | "video" | "canvas" | "dialog" => ("", Discarded),
        _ => return None,
    })
}
