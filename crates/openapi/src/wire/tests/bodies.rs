//! Parts of multipart bodies.

use crate::wire::parts;

const TYPE: &str = "multipart/form-data; boundary=\"b d\"";

fn names(body: &str) -> Option<Vec<(String, String)>> {
    let parts = parts(TYPE, body.as_bytes())?;
    let shown = parts
        .iter()
        .map(|part| (part.name.clone(), String::from_utf8_lossy(part.bytes).into_owned()));
    Some(shown.collect())
}

#[test]
fn a_body_is_split_at_its_boundary() {
    let body = "preamble\r\n--b d\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--2\r\n\
                --b d \r\ncontent-disposition: form-data; filename=\"x;y\\\"z\"; name=c%22\r\n\
                Content-Type: text/csv\r\n\r\n\r\n--b d--\r\nepilogue";
    let expected = [("a", "1\r\n--2"), ("c\"", "")];
    assert_eq!(
        names(body),
        Some(expected.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec())
    );
    assert_eq!(
        parts(TYPE, body.as_bytes()).expect("parts")[1].content_type.as_deref(),
        Some("text/csv")
    );
    assert_eq!(names("--b d--"), Some(vec![]));
}

#[test]
fn a_malformed_body_has_no_parts() {
    for body in [
        "",
        "a=1",
        "--b d\r\n",
        "--b dx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b d--",
        "--b d\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
        "--b d\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b d--",
        "--b d\r\nContent-Type: text/plain\r\n\r\n1\r\n--b d--",
        "--b d\r\n\r\n1\r\n--b d--",
        "--b d\r\nno colon\r\n\r\n1\r\n--b d--",
    ] {
        assert_eq!(names(body), None, "{body:?}");
    }
    assert!(parts("multipart/form-data", b"--b--").is_none());
    assert!(parts("multipart/form-data; boundary=", b"----").is_none());
    let head = format!("--b d\r\nX: {}\r\n\r\n1\r\n--b d--", "x".repeat(20_000));
    assert_eq!(names(&head), None);
}
