use std::convert::Infallible;

use axum::body::Bytes;
use futures::StreamExt;
use tokio::sync::{Semaphore, mpsc};
use tollgate_proxy::upstream::Broken;

use super::*;

/// A body that a test writes step by step.
fn fed() -> (mpsc::Sender<&'static str>, Body) {
    let (feed, mut fed) = mpsc::channel::<&'static str>(1);
    let chunks = futures::stream::poll_fn(move |cx| {
        fed.poll_recv(cx).map(|text| text.map(|text| Ok::<_, Infallible>(Bytes::from(text))))
    });
    (feed, Body::from_stream(chunks))
}

#[tokio::test]
async fn a_body_goes_out_while_it_comes_in() {
    let (sender, mut received) = mpsc::channel::<String>(8);
    let upstream = Fake::new(move |_, mut wire| {
        let sender = sender.clone();
        async move {
            let head = wire.request().await.unwrap();
            assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
            for chunk in ["one", "two"] {
                sender.send(wire.until(chunk.as_bytes()).await.unwrap()).await.unwrap();
            }
            wire.until(b"0\r\n\r\n").await.unwrap();
            wire.write(&ok("done")).await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    let (feed, body) = fed();
    let (response, ()) = tokio::join!(way.call(Request::post("/").body(body).unwrap()), async {
        feed.send("one").await.unwrap();
        assert!(received.recv().await.unwrap().ends_with("one"));
        feed.send("two").await.unwrap();
        assert!(received.recv().await.unwrap().ends_with("two"));
        drop(feed);
    });
    assert_eq!(text(response.unwrap()).await, "done");
}

#[tokio::test]
async fn an_answer_comes_in_while_it_goes_out() {
    let (feed, fed) = mpsc::channel::<&'static str>(1);
    let fed = Arc::new(tokio::sync::Mutex::new(fed));
    let upstream = Fake::new(move |_, mut wire| {
        let fed = Arc::clone(&fed);
        async move {
            wire.request().await.unwrap();
            wire.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await;
            while let Some(chunk) = fed.lock().await.recv().await {
                wire.write(&format!("{:x}\r\n{chunk}\r\n", chunk.len())).await;
            }
            wire.write("0\r\n\r\n").await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    let mut response = way.client.get(&way.url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        feed.send(event).await.unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap(), event);
    }
    drop(feed);
    assert_eq!(response.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn bodies_of_any_size_pass_whole_and_by_one_connection() {
    let upstream = Fake::new(|_, mut wire| async move {
        while let Some(request) = wire.request().await {
            let (_, body) = request.split_once("\r\n\r\n").unwrap();
            wire.write(&ok(body)).await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for size in [0, 1, 8_191, 8_192, 65_536, MAX_BODY] {
        let body = "x".repeat(size);
        let response = way.client.post(&way.url).body(body.clone()).send().await.unwrap();
        assert_eq!(response.headers()["content-length"], size.to_string());
        assert_eq!(response.text().await.unwrap(), body);
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn an_answer_to_head_and_one_without_change_state_a_length_and_have_no_body() {
    let way =
        Way::to(&Fake::saying("HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n").await.url).await;
    for _ in 0..2 {
        let response = way.client.head(&way.url).send().await.unwrap();
        assert_eq!(response.headers()["content-length"], "1234");
        assert_eq!(response.text().await.unwrap(), "");
    }
    let unchanged =
        Fake::saying("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\ncontent-length: 1234\r\n\r\n")
            .await;
    let way = Way::to(&unchanged.url).await;
    for _ in 0..2 {
        let response = way.client.get(&way.url).send().await.unwrap();
        assert_eq!(
            (response.status(), response.headers()["etag"].to_str().unwrap()),
            (reqwest::StatusCode::NOT_MODIFIED, "\"1\"")
        );
        assert_eq!(response.text().await.unwrap(), "");
    }
    assert_eq!(unchanged.connections(), 1);
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let upstream = Fake::new(|_, mut wire| async move {
        wire.request().await;
        wire.write("HTTP/1.0 200 OK\r\n\r\nto the end").await;
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for _ in 0..2 {
        assert_eq!(
            way.client.get(&way.url).send().await.unwrap().text().await.unwrap(),
            "to the end"
        );
    }
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test]
async fn a_chunked_answer_that_is_here_already_needs_no_stream() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-secret: 1\r\n\r\n";
    let upstream = Fake::saying(chunked).await;
    let way = Way::to(&upstream.url).await;
    for _ in 0..3 {
        let response = way.get("/").await.unwrap();
        assert!(response.headers().is_empty(), "{:?}", response.headers());
        assert_eq!(text(response).await, "hello");
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_caller_who_waits_to_be_asked_for_the_body_is_asked() {
    let upstream = Fake::new(|_, mut wire| async move {
        while let Some(request) = wire.request().await {
            assert!(!request.contains("expect"), "{request}");
            // Not requested, and useless to a caller.
            wire.write(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
            )
            .await;
            wire.write(&ok(request.split_once("\r\n\r\n").unwrap().1)).await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    let mut wire = Wire { stream: TcpStream::connect(way.addr()).await.unwrap(), read: Vec::new() };
    wire.write("POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n")
        .await;
    assert_eq!(wire.until(b"\r\n\r\n").await.unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    wire.write("hello").await;
    assert!(wire.until(b"\r\n\r\nhello").await.unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
    let upstream =
        Fake::new(|_, mut wire| async move { while wire.more().await.is_some() {} }).await;
    let way = Way::to(&upstream.url).await;
    let declared = Request::post("/").body(Body::from("x".repeat(MAX_BODY + 1))).unwrap();
    assert_eq!(code(way.call(declared).await), "body_too_large");
    assert_eq!(upstream.connections(), 0);
    let chunks = futures::stream::iter(
        (0..11).map(|_| Ok::<_, Infallible>(Bytes::from("x".repeat(MAX_BODY / 10)))),
    );
    let streamed = Request::post("/").body(Body::from_stream(chunks)).unwrap();
    assert_eq!(code(way.call(streamed).await), "body_too_large");
    let broken = futures::stream::iter([Ok(Bytes::from("x")), Err(std::io::Error::other("gone"))]);
    let broken = Request::post("/").body(Body::from_stream(broken)).unwrap();
    assert_eq!(code(way.call(broken).await), "invalid_request");
}

#[tokio::test]
async fn an_upstream_may_answer_before_it_has_read_all_and_its_connection_is_not_used_again() {
    let upstream = Fake::new(|_, mut wire| async move {
        wire.until(b"\r\n\r\n").await.unwrap();
        wire.write(&ok("enough")).await;
        while wire.more().await.is_some() {}
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for calls in 1..=2 {
        let (feed, body) = fed();
        feed.send("one").await.unwrap();
        let response = way.call(Request::post("/").body(body).unwrap()).await.unwrap();
        assert_eq!(text(response).await, "enough");
        assert_eq!(upstream.connections(), calls);
        drop(feed);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_not_taken_for_a_whole_one() {
    for head in
        ["content-length: 100\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"]
    {
        let cut = Arc::new(Semaphore::new(0));
        let upstream = Fake::new({
            let cut = Arc::clone(&cut);
            move |_, mut wire| {
                let cut = Arc::clone(&cut);
                async move {
                    wire.request().await;
                    wire.write(&format!("HTTP/1.1 200 OK\r\n{head}")).await;
                    cut.acquire().await.unwrap().forget();
                }
            }
        })
        .await;
        let way = Way::to(&upstream.url).await;
        let mut response = way.client.get(&way.url).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.chunk().await.unwrap().unwrap().as_ref()),
            (200, &b"hello"[..])
        );
        cut.add_permits(1);
        assert!(response.chunk().await.is_err(), "{head}");

        let mut body = way.get("/").await.unwrap().into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "hello");
        cut.add_permits(1);
        let broken = body.next().await.unwrap().unwrap_err();
        assert_eq!(broken.into_inner().downcast_ref(), Some(&Broken::Failed), "{head}");
    }
}

#[tokio::test]
async fn an_answer_whose_rest_does_not_come_is_given_up() {
    let upstream = Fake::new(|_, mut wire| async move {
        wire.request().await;
        wire.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello").await;
        while wire.more().await.is_some() {}
    })
    .await;
    let way = Way::with(&upstream.url, |settings| settings.idle = Duration::from_millis(500)).await;
    let mut body = way.get("/").await.unwrap().into_body().into_data_stream();
    assert_eq!(body.next().await.unwrap().unwrap(), "hello");
    let broken = body.next().await.unwrap().unwrap_err();
    assert_eq!(broken.into_inner().downcast_ref(), Some(&Broken::TimedOut));
}

#[tokio::test]
async fn a_caller_who_hangs_up_ends_the_upstreams_work() {
    let (sender, mut received) = mpsc::channel::<()>(1);
    let upstream = Fake::new(move |_, mut wire| {
        let sender = sender.clone();
        async move {
            wire.request().await;
            wire.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello").await;
            while wire.more().await.is_some() {}
            sender.send(()).await.unwrap();
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    let mut response = way.client.get(&way.url).send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "hello");
    drop(response);
    received.recv().await.unwrap();
}

#[tokio::test]
async fn a_body_of_unknown_length_is_passed_on_whatever_the_method() {
    let upstream = Fake::new(|_, mut wire| async move {
        while let Some(head) = wire.request().await {
            // Chunked: up to the last chunk.
            let body = if head.contains("transfer-encoding: chunked") {
                wire.until(b"0\r\n\r\n").await.unwrap()
            } else {
                String::new()
            };
            let is_head = head.starts_with("HEAD");
            wire.write(&format!(
                "HTTP/1.1 200 OK\r\nx-body: {}\r\n{}\r\n",
                body.replace("\r\n", "|"),
                if is_head { "" } else { "content-length: 0\r\n" }
            ))
            .await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let body =
            Body::from_stream(futures::stream::iter(["ab", "c"].map(Ok::<_, std::io::Error>)));
        let response =
            way.call(Request::builder().method(method).uri("/").body(body).unwrap()).await.unwrap();
        assert_eq!(response.headers()["x-body"], "2|ab|1|c|0||", "{method}");
    }
}

#[tokio::test]
async fn that_a_body_is_empty_is_said_where_one_is_expected() {
    let upstream = Fake::new(|_, mut wire| async move {
        while let Some(head) = wire.request().await {
            wire.write(&if head.starts_with("HEAD") {
                "HTTP/1.1 200 OK\r\n\r\n".to_owned()
            } else {
                ok(&head)
            })
            .await;
        }
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for (method, is_said) in
        [("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false)]
    {
        let head = text(
            way.call(Request::builder().method(method).uri("/").body(Body::empty()).unwrap())
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(head.contains("content-length: 0\r\n"), is_said, "{method}: {head}");
        assert!(!head.contains("transfer-encoding"), "{method}: {head}");
    }
}
