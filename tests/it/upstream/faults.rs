use super::*;

/// Handles the first connections by their number, and responds to all later ones.
async fn failing_first(failures: usize, fail: fn(&mut Wire)) -> Fake {
    Fake::new(move |number, mut wire| async move {
        while wire.request().await.is_some() {
            if number < failures {
                fail(&mut wire);
                return;
            }
            wire.write(&ok("well")).await;
        }
    })
    .await
}

/// A port without a listener.
async fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_has_failed() {
    let answer = answer(Way::to(&closed().await).await.get("/").await);
    assert_eq!((answer.status().as_u16(), text(answer).await.as_str()), (502, "upstream_failed"));
    // A server that speaks no TLS.
    let plain = Fake::new(|_, mut wire| async move { wire.write(&ok("hi")).await }).await;
    let way = Way::to(&plain.url.replace("http:", "https:")).await;
    assert_eq!(code(way.get("/").await), "upstream_failed");
}

#[tokio::test]
async fn what_is_no_answer_is_not_passed_on() {
    let huge = "x".repeat(100_000);
    for answer in [
        String::new(),
        "secret\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nno colon secret\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nx: a\r\n folded: secret\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nx : secret\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned(),
        "HTTP/1.1 99 Secret\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nx: a".to_owned(),
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: secret\r\n\r\n"
            .to_owned(),
        "HTTP/2 200\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\nx: {huge}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: secret\r\n".repeat(101)),
    ] {
        let upstream = Fake::new({
            let answer = answer.clone();
            move |_, mut wire| {
                let answer = answer.clone();
                async move {
                    wire.request().await;
                    wire.write(&answer).await;
                }
            }
        })
        .await;
        let way = Way::to(&upstream.url).await;
        let error = way.get("/").await.map(|_| ()).unwrap_err();
        let begin = &answer[..answer.len().min(60)];
        assert_eq!(error.code().as_str(), "upstream_failed", "{begin}");
        let message = error.to_string();
        assert!(!message.contains("secret") && !message.contains("127.0.0.1"), "{message}");
    }
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_in_time_is_given_up() {
    for sent in ["", "HTTP/1.1 200 OK\r\nx: "] {
        let upstream = Fake::new(move |_, mut wire| async move {
            wire.request().await;
            wire.write(sent).await;
            while wire.more().await.is_some() {}
        })
        .await;
        let way =
            Way::with(&upstream.url, |settings| settings.timeout = Duration::from_millis(500))
                .await;
        assert_eq!(code(way.get("/").await), "upstream_timeout");
        assert_eq!(upstream.connections(), 1);
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced_once_for_calls_that_may_be_repeated() {
    // Closes each connection when the second request has arrived on it.
    let upstream = || {
        Fake::new(|_, mut wire| async move {
            wire.request().await;
            wire.write(&ok("well")).await;
            wire.request().await;
        })
    };
    for (method, body, code) in [
        ("GET", "", 200),
        ("HEAD", "", 200),
        ("OPTIONS", "", 200),
        ("DELETE", "", 200),
        ("PUT", "", 200),
        ("PUT", "body", 502),
        ("POST", "", 502),
        ("PATCH", "body", 502),
    ] {
        let upstream = upstream().await;
        let way = Way::to(&upstream.url).await;
        text(way.get("/").await.unwrap()).await;
        let request = Request::builder().method(method).uri("/").body(Body::from(body)).unwrap();
        let answer = answer(way.call(request).await);
        assert_eq!(answer.status().as_u16(), code, "{method} {body}");
        assert_eq!(upstream.connections(), if code == 200 { 2 } else { 1 }, "{method} {body}");
    }
}

#[tokio::test]
async fn a_new_connection_that_is_closed_or_broken_is_not_tried_again() {
    let upstream = failing_first(usize::MAX, |_| {}).await;
    assert_eq!(code(Way::to(&upstream.url).await.get("/").await), "upstream_failed");
    assert_eq!(upstream.connections(), 1);
    // Nor one on which a response had started.
    let upstream = Fake::new(|_, mut wire| async move {
        wire.request().await;
        wire.write(&ok("well")).await;
        wire.request().await;
        wire.write("HTTP/1.1 200 OK\r\nx: ").await;
    })
    .await;
    let way = Way::to(&upstream.url).await;
    text(way.get("/").await.unwrap()).await;
    assert_eq!(code(way.get("/").await), "upstream_failed");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn an_idle_connection_that_the_upstream_has_closed_is_not_used_whatever_the_method() {
    let upstream = Fake::new(|_, mut wire| async move {
        wire.request().await;
        wire.write(&ok("well")).await;
    })
    .await;
    let way = Way::to(&upstream.url).await;
    for calls in 1..=5 {
        let answer = way.call(Request::post("/").body(Body::from("x")).unwrap()).await.unwrap();
        assert_eq!(text(answer).await, "well");
        assert_eq!(upstream.connections(), calls);
        upstream.has_hung_up(calls).await;
    }
}

#[tokio::test]
async fn an_upstream_that_fails_call_after_call_is_left_alone_and_then_asked_again() {
    let upstream = failing_first(6, |_| {}).await;
    let way = Way::to(&upstream.url).await;
    for _ in 0..5 {
        assert_eq!(code(way.get("/").await), "upstream_failed");
    }
    let Err(Error::Problem(problem)) = way.get("/").await else { panic!("not refused") };
    assert_eq!((problem.code.as_str(), problem.retry_after), ("unavailable", Some(5)));
    assert_eq!(upstream.connections(), 5);
    // Products with the same server share its state.
    let base: Url = format!("{}/other", upstream.url).parse().unwrap();
    let other = way.upstreams.target(&Settings::new(&base, b"other")).unwrap();
    let request = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(code(call(&way.upstreams, &other, &way.clock, request).await), "unavailable");
    way.clock.advance(5_000);
    assert_eq!(code(way.get("/").await), "upstream_failed");
    assert_eq!(code(way.get("/").await), "unavailable");
    way.clock.advance(5_000);
    for _ in 0..3 {
        assert_eq!(text(way.get("/").await.unwrap()).await, "well");
    }
}

#[tokio::test]
async fn answers_of_the_upstreams_own_pass_and_never_shut_it_off() {
    for status in [400, 404, 429, 500, 502, 503, 504] {
        let answer =
            format!("HTTP/1.1 {status} So\r\nretry-after: 9\r\ncontent-length: 3\r\n\r\nsad");
        let way = Way::to(&Fake::saying(answer).await.url).await;
        for _ in 0..30 {
            let answer = way.get("/").await.unwrap();
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()),
                (status, "9")
            );
            assert_eq!(text(answer).await, "sad");
        }
    }
}

#[tokio::test]
async fn callers_who_are_at_fault_never_shut_an_upstream_off() {
    let upstream = Fake::saying(ok("well")).await;
    let way = Way::to(&upstream.url).await;
    for _ in 0..30 {
        let broken =
            futures::stream::iter([Err::<axum::body::Bytes, _>(std::io::Error::other("gone"))]);
        let request = Request::post("/").body(Body::from_stream(broken)).unwrap();
        assert_eq!(code(way.call(request).await), "invalid_request");
    }
    assert_eq!(text(way.get("/").await.unwrap()).await, "well");
}
