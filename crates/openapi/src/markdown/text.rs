//! Texts of documents, cut to the space on a page.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// `text` if it fits into `max` bytes, otherwise its start with an ellipsis.
pub fn clip(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// Markdown as safe HTML. At most `max` bytes are read.
pub fn about(markdown: &str, max: usize) -> String {
    super::to_html(&clip(markdown, max))
}

/// The first paragraph of a Markdown text, without markup.
pub fn excerpt(markdown: &str, max: usize) -> String {
    // No more is read than can be shown.
    let source = clip(markdown, max * 8);
    let mut text = String::new();
    let mut is_paragraph = false;
    for event in Parser::new(&source) {
        match event {
            Event::Start(Tag::Paragraph) => is_paragraph = true,
            Event::End(TagEnd::Paragraph) if !text.trim().is_empty() => break,
            Event::Text(part) | Event::Code(part) if is_paragraph => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    clip(text.trim(), max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(
            (clip("abc", 3).as_str(), clip("aäb", 2).as_str(), clip("", 0).as_str()),
            ("abc", "a…", "")
        );
    }

    #[test]
    fn an_excerpt_is_the_first_paragraph_without_marks() {
        assert_eq!(
            excerpt("# Title\n\nSends **parcels**\nby `air`.\n\nMore.", 100),
            "Sends parcels by air."
        );
        assert_eq!(excerpt("<b>only html</b>", 100), "only html");
        assert_eq!(excerpt("", 100), "");
    }
}
