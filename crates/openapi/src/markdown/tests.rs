mod html;

use proptest::prelude::*;

use super::*;

#[test]
fn markdown_becomes_html() {
    assert_eq!(to_html("a *b* ~~c~~ `d`"), "<p>a <em>b</em> <del>c</del> <code>d</code></p>\n");
    assert!(to_html("|a|b|\n|-|-|\n|1|2|").contains("<td>2</td>"));
    assert!(
        to_html("```text\nlet a = \"<b>\";\n```")
            .contains("language-text\">let a = &quot;&lt;b&gt;&quot;;")
    );
}

#[test]
fn a_page_keeps_its_one_first_heading() {
    assert_eq!(
        to_html("# A\n\n###### F\n\nB\n="),
        "<h2 id=\"user-content-a\">A</h2>\n<h6 id=\"user-content-f\">F</h6>\n<h2 id=\"user-content-b\">B</h2>\n"
    );
    assert_eq!(to_html("<h1>A</h1>"), "<h2 id=\"user-content-a\">A</h2>");
}

#[test]
fn a_link_within_a_text_leads_to_its_heading() {
    let text = "[x](#Getting%20started) [y](#section/Getting-Started)\n\n## Getting *started*\n\n## Getting started";
    let html = to_html(text);
    assert_eq!(html.matches("href=\"#user-content-getting-started\"").count(), 2, "{html}");
    assert_eq!(html.matches("id=\"user-content-getting-started\"").count(), 1, "{html}");
    let named = to_html("<a name=\"Errors\"></a>\n\n[x](#errors)");
    assert!(named.contains("id=\"user-content-errors\""), "{named}");
    assert!(named.contains("href=\"#user-content-errors\""), "{named}");
}

#[test]
fn addresses_in_a_text_become_links() {
    let link = |to: &str| format!("<a href=\"{to}\" rel=\"nofollow noopener\">{to}</a>");
    let cases = [
        (
            "See https://example.com/a_b?c=1.",
            format!("<p>See {}.</p>\n", link("https://example.com/a_b?c=1")),
        ),
        ("(http://example.com/a(b))", format!("<p>({})</p>\n", link("http://example.com/a(b)"))),
        ("xhttps://example.com", "<p>xhttps://example.com</p>\n".to_owned()),
        ("`https://example.com`", "<p><code>https://example.com</code></p>\n".to_owned()),
        (
            "ftp://example.com javascript://x",
            "<p>ftp://example.com javascript://x</p>\n".to_owned(),
        ),
    ];
    for (markdown, expected) in cases {
        assert_eq!(to_html(markdown), expected, "{markdown}");
    }
}

#[test]
fn tasks_are_shown_without_form_controls() {
    let html = to_html("- [x] done\n- [ ] open");
    assert_eq!(html, "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n");
}

#[test]
fn links_lead_to_the_web_or_within_the_site() {
    let anchor = |to: &str| format!("<p><a href=\"{to}\" rel=\"nofollow noopener\">x</a></p>\n");
    for to in [
        "https://example.com/?a=b#c",
        "HTTP://example.com",
        "mailto:a@example.com",
        "/docs/a:b",
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
    assert_eq!(code, "<pre><code></code></pre>\n");
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
        "<div>".repeat(MAX_MARKDOWN / 5),
        "<b><p>".repeat(MAX_MARKDOWN / 6),
        "<a <b".repeat(MAX_MARKDOWN / 5),
        "<table><td>".repeat(MAX_MARKDOWN / 11),
        "<script>".repeat(MAX_MARKDOWN / 8),
        "<p title=\"".repeat(MAX_MARKDOWN / 10),
        format!("<div>\n{}", "<i>x<p>".repeat(MAX_MARKDOWN / 8)),
        "x://".repeat(MAX_MARKDOWN / 4),
        "http://x".repeat(MAX_MARKDOWN / 8),
        format!("http://x{}", ")".repeat(MAX_MARKDOWN - 10)),
        format!("{}\n{}\n{}", "|a".repeat(20_000), "|-".repeat(20_000), "|\n".repeat(50_000)),
    ];
    for markdown in hard {
        let html = to_html(&markdown);
        assert!(html.len() < 64 * MAX_MARKDOWN, "{} bytes of {:?}", html.len(), &markdown[..8]);
    }
}

/// Each tag in the output must be one of these, with attributes of these names only.
fn is_harmless(html: &str) -> bool {
    const TAGS: &str = " a abbr b blockquote br caption cite code dd del details dfn div dl dt em h2 h3 h4 h5 h6 hr i ins \
        kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var ";
    html.split('<').skip(1).all(|rest| {
        let Some((tag, _)) = rest.split_once('>') else { return false };
        let tag = tag.trim_start_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let parts: Vec<&str> = attributes.split('"').collect();
        let are_known = parts.chunks(2).all(|part| match part {
            [key, value] => match key.trim() {
                "href=" => is_allowed(&value.replace("&amp;", "&")),
                "id=" => value.starts_with("user-content-"),
                "class=" => {
                    ["language-", "tok-", "align-"].iter().any(|start| value.starts_with(start))
                }
                "rel=" | "start=" | "colspan=" | "rowspan=" => true,
                _ => false,
            },
            rest => rest.concat().trim_matches([' ', '/']).is_empty(),
        });
        TAGS.contains(&format!(" {} ", name.trim())) && are_known
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_harmful_comes_out(
        pieces in prop::collection::vec(prop_oneof![
            "[<>\"'&;:=()\\[\\]!`*_#| \\n\\\\/-]{1,4}", Just("<script>".to_owned()), Just("javascript:".to_owned()), Just("](".to_owned()),
            Just("<img src=x onerror=a()>".to_owned()), Just("&#x3c;".to_owned()), Just("<!--".to_owned()), Just("![".to_owned()),
            Just("\n\n<div onclick=a()>\n".to_owned()), Just("|a|\n|-|\n".to_owned()), Just("<table><tr><td>".to_owned()),
            Just("</td></li></div>".to_owned()), Just("<a href='".to_owned()), Just("<svg><p>".to_owned()), Just("# ".to_owned()), "[a-z]{1,3}",
        ], 0..16)
    ) {
        let html = to_html(&pieces.concat());
        prop_assert!(is_harmless(&html), "{:?} gives {html}", pieces.concat());
    }
}
