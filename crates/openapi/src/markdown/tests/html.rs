use super::*;

#[test]
fn harmless_html_is_kept() {
    let cases = [
        (
            "<p>First line.<br>Second</p><ul><li>one</li></ul>",
            "<p>First line.<br>Second</p><ul><li>one</li></ul>",
        ),
        ("x <i>italic</i><br/>y", "<p>x <i>italic</i><br>y</p>\n"),
        (
            "<table border=1><tr><td align=right colspan=2>1</td></tr></table>",
            "<table><tbody><tr><td class=\"align-right\" colspan=\"2\">1</td></tr></tbody></table>",
        ),
        (
            "<details open><summary>More</summary>\n\n*text*\n\n</details>",
            "<details><summary>More</summary>\n<p><em>text</em></p>\n</details>",
        ),
        (
            "<pre><code class=\"language-json\">{}</code></pre>",
            "<pre><code class=\"language-json\">{}</code></pre>",
        ),
        (
            "<a href=\"/docs/x\" onclick=\"a()\" target=_top>docs</a>",
            "<p><a href=\"/docs/x\" rel=\"nofollow noopener\">docs</a></p>\n",
        ),
        ("<center><font color=red>a</font></center>", "<div>a</div>"),
        (
            "<img src=\"https://example.com/a.png\" alt=\"Logo\">",
            "<a href=\"https://example.com/a.png\" rel=\"nofollow noopener\">Logo</a>",
        ),
    ];
    for (markdown, expected) in cases {
        assert_eq!(to_html(markdown).trim(), expected.trim(), "{markdown}");
    }
}

/// In the styles of Stripe, FedEx, PayPal and DHL.
#[test]
fn descriptions_in_html_look_as_their_authors_mean_them() {
    let link =
        |to: &str, text: &str| format!("<a href=\"{to}\" rel=\"nofollow noopener\">{text}</a>");
    let cases = [
        (
            "<p>To charge a card, create a charge. See <a href=\"/docs/payments\">payments</a>.</p>\n\n<p>Related: <a href=\"https://example.com/g\" target=\"_blank\">guide</a>.</p>",
            format!(
                "<p>To charge a card, create a charge. See {}.</p>\n<p>Related: {}.</p>",
                link("/docs/payments", "payments"),
                link("https://example.com/g", "guide")
            ),
        ),
        (
            "Use this endpoint to track.<br><i>Note: </i><ul><li>One</li><li>Two<ul><li>Three</li></ul></li></ul><br/>Example: <b>1Z</b>",
            "<p>Use this endpoint to track.<br><i>Note: </i></p><ul><li>One</li><li>Two<ul><li>Three</li></ul></li></ul><br>Example: <b>1Z</b>".to_owned(),
        ),
        (
            "Creates an order.<blockquote><strong>Note:</strong> See <code>PATCH</code>.</blockquote>",
            "<p>Creates an order.</p><blockquote><strong>Note:</strong> See <code>PATCH</code>.</blockquote>".to_owned(),
        ),
        (
            "<div class=\"info\" style=\"color:red\">\n\n## Codes\n\n<table width=\"100%\"><thead><tr><th>Code</th></tr></thead><tr><td>P</td></tr></table>\n</div>",
            "<div>\n<h3 id=\"user-content-codes\">Codes</h3>\n<table><thead><tr><th>Code</th></tr></thead><tbody><tr><td>P</td></tr></tbody></table>\n</div>".to_owned(),
        ),
    ];
    for (markdown, expected) in cases {
        assert_eq!(to_html(markdown).trim(), expected, "{markdown}");
    }
}

#[test]
fn unknown_tags_are_shown_as_text() {
    assert_eq!(to_html("Bearer <token>"), "<p>Bearer &lt;token&gt;</p>\n");
    assert_eq!(to_html("a List<String> b"), "<p>a List&lt;String&gt; b</p>\n");
}

#[test]
fn a_description_cannot_leave_its_place_in_the_page() {
    let cases = [
        ("</ul></td></p>text", "text"),
        ("<li>a<li>b", "<ul><li>a</li><li>b</li></ul>"),
        ("<td>a</td>", "a"),
        ("<div><p>a<div>b", "<div><p>a</p><div>b</div></div>"),
        (
            "<table><tr><td><p>a</table>b",
            "<table><tbody><tr><td><p>a</p></td></tr></tbody></table>b",
        ),
        ("<summary>a</summary>", "a"),
        ("<dd>a", "<dl><dd>a</dd></dl>"),
    ];
    for (html, expected) in cases {
        let html = to_html(&format!("<div>{html}"));
        assert_eq!(html.trim(), format!("<div>{expected}</div>"));
    }
}

/// From the OWASP “XSS Filter Evasion Cheat Sheet” and from parsers' differences.
#[test]
fn nothing_that_runs_or_loads_comes_through() {
    let vectors = [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"javascript:alert(1)\">",
        "<img src=`javascript:alert(1)`>",
        "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
        "<svg/onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=data:text/html,x></object><embed src=x>",
        "<a href=javascript:alert(1)>x</a>",
        "<a href=\" javascript:alert(1)\">x</a>",
        "<a href=\"java&#10;script:alert(1)\">x</a>",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
        "<a href=\"&#106;&#97;vascript&colon;alert(1)\">x</a>",
        "<a href=\"&#1;javascript:alert(1)\">x</a>",
        "<a href=\"data:text/html,x\">x</a><a href=vbscript:x>y</a>",
        "<a href='x' style='position:fixed' onmouseover='alert(1)'>x</a>",
        "<a href=\"x\"onclick=\"alert(1)\">x</a>",
        "<a/onclick=alert(1)//href=x>x</a>",
        "<form action=//evil.test><input name=q><button>Go</button></form>",
        "<button formaction=javascript:alert(1)>x</button>",
        "<input autofocus onfocus=alert(1)>",
        "<select><option>x</select><textarea>x</textarea>",
        "<style>@import '//evil.test'</style><link rel=stylesheet href=//evil.test>",
        "<div style=\"background:url(javascript:alert(1))\">x</div>",
        "<base href=//evil.test><meta http-equiv=refresh content=0>",
        "<body onload=alert(1)><p id=title name=body>x</p>",
        "<img name=getElementById><a id=app></a><form id=cookie></form>",
        "<details ontoggle=alert(1) open>x</details>",
        "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<template><script>alert(1)</script></template>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml version=1?><script>alert(1)</script>",
        "<p title=\"&quot;><script>alert(1)</script>\">x</p>",
        "<table background=javascript:alert(1)><td background=x onclick=a()>x</table>",
        "<code class=\"language-x&quot; onclick=&quot;a()\">x</code>",
        "<span class=\"btn alert\" id=title>x</span>",
        "<h1 id='\"><script>alert(1)</script>'>x</h1>",
        "<custom-element onclick=a()>x</custom-element>",
        "<a href=x <script>alert(1)</script>>x</a>",
        "<ol start=\"1 onclick=a()\"><li value=x>x</ol>",
        "[x](https://a.test/\"onclick=\"a())<b onclick=a()>",
        "`<script>`<script>alert(1)</script>",
    ];
    for vector in vectors {
        for text in [
            vector.to_owned(),
            format!("<div>\n{vector}"),
            format!("a {vector} b"),
            format!("|a|\n|-|\n|{vector}|"),
        ] {
            let html = to_html(&text);
            assert!(is_harmless(&html), "{text} gives {html}");
        }
    }
}

#[test]
fn code_is_coloured_by_classes() {
    let html = to_html("```json\n{\"a\": [1, true, \"x\"]}\n```");
    let expected = "<pre><code class=\"language-json\">{<span class=\"tok-key\">&quot;a&quot;</span>: \
        [<span class=\"tok-number\">1</span>, <span class=\"tok-word\">true</span>, \
        <span class=\"tok-text\">&quot;x&quot;</span>]}\n</code></pre>\n";
    assert_eq!(html, expected);
    let cases = [
        ("bash", "curl -d '{\"a\":1}' # x", "tok-text\">'{&quot;a&quot;:1}'"),
        ("python", "return None # why", "tok-comment\"># why"),
        ("js", "const a = `b`; // c", "tok-comment\">// c"),
        ("yaml", "a-b: \"c\"", "tok-key\">a-b"),
    ];
    for (language, code, expected) in cases {
        let html = to_html(&format!("```{language}\n{code}\n```"));
        assert!(html.contains(expected), "{html}");
    }
    assert!(!to_html("```text\n1\n```").contains("tok-"));
}
