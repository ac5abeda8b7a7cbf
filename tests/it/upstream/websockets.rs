use super::*;

const UPGRADE_REQUEST: &str = "GET /chat HTTP/1.1\r\nhost: x\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\nauthorization: Bearer secret\r\n\r\n";

#[tokio::test]
async fn a_websocket_is_passed_on_until_either_side_ends_it() {
    let upstream = Fake::new(|_, mut wire| async move {
        let head = wire.request().await.unwrap();
        for line in ["GET /chat HTTP/1.1", "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", "tollgate-org: org_1"] {
            assert!(head.contains(line), "{line}: {head}");
        }
        assert!(!head.contains("secret"), "{head}");
        wire.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nset-cookie: secret\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello\n").await;
        while let Some(line) = wire.until(b"\n").await {
            wire.write(&line.to_uppercase()).await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    let mut wire = Wire { stream: TcpStream::connect(way.addr()).await.unwrap(), read: Vec::new() };
    wire.write(UPGRADE_REQUEST).await;
    let head = wire.until(b"\r\n\r\n").await.unwrap();
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    for line in [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(!head.contains("secret"), "{head}");
    assert_eq!(wire.until(b"\n").await.unwrap(), "hello\n");
    for word in ["one\n", "two\n"] {
        wire.write(word).await;
        assert_eq!(wire.until(b"\n").await.unwrap(), word.to_uppercase());
    }
    // The server stops.
    way.upstreams.close();
    assert_eq!(wire.until(b"\n").await, None);
}

#[tokio::test]
async fn an_upstream_may_refuse_a_websocket() {
    let upstream = Fake::saying("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").await;
    let way = Way::to(&upstream.url).await;
    let response = raw(way.addr(), UPGRADE_REQUEST, "\r\n\r\nno").await;
    assert!(response.starts_with("HTTP/1.1 403"), "{response}");
    // Another upgrade is not requested at all.
    let response =
        raw(way.addr(), &UPGRADE_REQUEST.replace("websocket\r\n", "h2c\r\n"), "\r\n\r\nno").await;
    assert!(response.starts_with("HTTP/1.1 403"), "{response}");
}

#[tokio::test]
async fn an_upstream_that_changes_to_something_else_has_failed() {
    let upstream = Fake::saying(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: irc\r\n\r\n",
    )
    .await;
    let way = Way::to(&upstream.url).await;
    let response = raw(way.addr(), UPGRADE_REQUEST, "upstream_failed").await;
    assert!(response.starts_with("HTTP/1.1 502"), "{response}");
}
