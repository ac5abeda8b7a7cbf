//! Texts of documents, cut to the space on a page.

use super::tags::{Token, Tokens};

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

/// The first paragraph or item of a Markdown text, without markup.
pub fn excerpt(markdown: &str, max: usize) -> String {
    // No more is read than can be shown.
    let html = super::to_html(&clip(markdown, max * 8));
    let mut text = String::new();
    let mut skipped = 0_usize;
    for token in Tokens::of(&html) {
        match token {
            Token::Text(part) if skipped == 0 => text.push_str(part),
            Token::Start(tag) if is_no_prose(&tag.name) => skipped += 1,
            Token::End(name) if is_no_prose(&name) => skipped = skipped.saturating_sub(1),
            Token::Start(tag) if is_block(&tag.name) && !text.trim().is_empty() => break,
            Token::End(name) if is_block(&name) && !text.trim().is_empty() => break,
            Token::Start(tag) if tag.name == "br" => text.push(' '),
            _ => {}
        }
    }
    clip(&characters(&text).split_whitespace().collect::<Vec<_>>().join(" "), max)
}

fn is_no_prose(name: &str) -> bool {
    matches!(name, "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "table")
}

fn is_block(name: &str) -> bool {
    matches!(name, "p" | "div" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "blockquote" | "hr")
}

/// The characters of the references that the output of [`super::to_html`] has.
fn characters(html: &str) -> String {
    let references = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    references.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
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

    #[test]
    fn an_excerpt_has_no_tags() {
        let cases = [
            ("<p>First line.<br>Second</p><ul><li>one</li></ul>", "First line. Second"),
            ("<h1>Title</h1><p>Tom &amp; <b>Jerry</b> &lt; 3</p>", "Tom & Jerry < 3"),
            ("| a |\n|---|\n| 1 |\n\nAfter it.", "After it."),
            ("- one\n- two", "one"),
            ("Use `<token>` or <token>.", "Use <token> or <token>."),
            ("<script>alert(1)</script>\n\nText", "Text"),
        ];
        for (markdown, expected) in cases {
            assert_eq!(excerpt(markdown, 100), expected, "{markdown}");
        }
    }
}
