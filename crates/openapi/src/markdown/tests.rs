use proptest::prelude::*;

use super::*;

#[test]
fn markdown_becomes_html() {
    assert_eq!(to_html("a *b* ~~c~~ `d`"), "<p>a <em>b</em> <del>c</del> <code>d</code></p>\n");
    assert!(to_html("|a|b|\n|-|-|\n|1|2|").contains("<td>2</td>"));
    assert!(
        to_html("```rust\nlet a = \"<b>\";\n```")
            .contains("language-rust\">let a = \"&lt;b&gt;\";")
    );
}

#[test]
fn a_page_keeps_its_one_first_heading() {
    assert_eq!(to_html("# A\n\n###### F\n\nB\n="), "<h2>A</h2>\n<h6>F</h6>\n<h2>B</h2>\n");
}

#[test]
fn html_is_shown_and_not_meant() {
    assert_eq!(
        to_html("a <b onclick='x()'>b</b>"),
        "<p>a &lt;b onclick='x()'&gt;b&lt;/b&gt;</p>\n"
    );
    let block = to_html(
        "<script>\nalert(1)\n\n</script>\n\n<div><img src=x onerror=alert(1)></div>\n\n**x**",
    );
    assert!(
        block.contains("&lt;script&gt;")
            && block.contains("&lt;img src=x")
            && block.contains("<strong>x</strong>"),
        "{block}"
    );
}

#[test]
fn links_lead_to_the_web_or_within_the_site() {
    let anchor = |to: &str| format!("<p><a href=\"{to}\" rel=\"nofollow noopener\">x</a></p>\n");
    for to in [
        "https://example.com/?a=b#c",
        "HTTP://example.com",
        "mailto:a@example.com",
        "/docs/a:b",
        "#here",
        "pets.md",
        "?a=:",
    ] {
        assert_eq!(to_html(&format!("[x]({to})")), anchor(to), "{to}");
    }
    assert_eq!(to_html("[x](/a?b=1&c=%22)"), anchor("/a?b=1&amp;c=%22"));
    assert_eq!(
        to_html("<me@example.com>"),
        "<p><a href=\"mailto:me@example.com\" rel=\"nofollow noopener\">me@example.com</a></p>\n"
    );
}

#[test]
fn links_that_run_something_are_text() {
    let bad = [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#1;javascript:alert(1))",
        "[x](<java&#10;script:alert(1)>)",
        "[x](<java&Tab;script:alert(1)>)",
        "[x](< javascript:alert(1)>)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "[x](blob:x)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x][y]\n\n[y]: javascript:alert(1)",
    ];
    for markdown in bad {
        let html = to_html(markdown);
        assert!(!html.contains("<a"), "{markdown}: {html}");
    }
}

#[test]
fn an_attribute_cannot_be_left() {
    let html = to_html(r#"[x](</"onmouseover="alert(1)"'>) [y](/a "ti\"tle onclick=1")"#);
    assert_eq!(html.matches('"').count(), 8, "{html}");
    assert!(html.contains("&quot;onmouseover=&quot;") && !html.contains("title"), "{html}");
    let code = to_html("```x\"onload=\"alert(1)\n```");
    assert!(code.contains("&quot;onload=&quot;"), "{code}");
}

#[test]
fn images_are_not_loaded() {
    assert_eq!(
        to_html("![a *b*](https://example.com/x.png)"),
        "<p><a href=\"https://example.com/x.png\" rel=\"nofollow noopener\">a <em>b</em></a></p>\n"
    );
    let badge = to_html("[![ci](https://example.com/ci.svg)](https://example.com)");
    assert_eq!(badge, "<p><a href=\"https://example.com\" rel=\"nofollow noopener\">ci</a></p>\n");
}

#[test]
fn what_a_stranger_sends_is_bounded() {
    assert!(to_html(&"ü".repeat(MAX_MARKDOWN)).len() < MAX_MARKDOWN + 20);
    let hard = [
        ">".repeat(MAX_MARKDOWN),
        "[".repeat(MAX_MARKDOWN),
        "*a_ ".repeat(MAX_MARKDOWN / 4),
        "- ".repeat(MAX_MARKDOWN / 2),
        "`a``b".repeat(MAX_MARKDOWN / 5),
        "<!--".repeat(MAX_MARKDOWN / 4),
        format!("{}\n{}\n{}", "|a".repeat(20_000), "|-".repeat(20_000), "|\n".repeat(50_000)),
    ];
    for markdown in hard {
        let html = to_html(&markdown);
        assert!(html.len() < 64 * MAX_MARKDOWN, "{} bytes of {:?}", html.len(), &markdown[..8]);
    }
}

/// Each tag in the output must be one of these, without attributes except our own.
fn is_harmless(html: &str) -> bool {
    const TAGS: &str = " p em strong del code pre h2 h3 h4 h5 h6 ul ol li blockquote table thead tbody tr th td a hr br ";
    html.split('<').skip(1).all(|rest| {
        let Some((tag, _)) = rest.split_once('>') else { return false };
        let (name, attributes) = tag
            .trim_start_matches('/')
            .split_once([' ', '/'])
            .unwrap_or((tag.trim_start_matches('/'), ""));
        let is_known = attributes.trim_matches([' ', '/']).is_empty()
            || ["href=", "class=\"language-", "start=", "class=\"align-"]
                .iter()
                .any(|start| attributes.starts_with(start));
        TAGS.contains(&format!(" {} ", name.trim()))
            && is_known
            && !attributes.to_ascii_lowercase().starts_with("href=\"javascript")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_harmful_comes_out(
        pieces in prop::collection::vec(prop_oneof![
            "[<>\"'&;:=()\\[\\]!`*_#| \\n\\\\/-]{1,4}", Just("<script>".to_owned()), Just("javascript:".to_owned()), Just("](".to_owned()),
            Just("<img src=x onerror=a()>".to_owned()), Just("&#x3c;".to_owned()), Just("<!--".to_owned()), Just("![".to_owned()),
            Just("\n\n<div onclick=a()>\n".to_owned()), Just("|a|\n|-|\n".to_owned()), "[a-z]{1,3}",
        ], 0..16)
    ) {
        let html = to_html(&pieces.concat());
        prop_assert!(is_harmless(&html), "{:?} gives {html}", pieces.concat());
    }
}
