use axum::http::StatusCode;
use axum::response::IntoResponse;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_millis(30);

/// Clients from 127.0.0.9 are proxies; paths that start with `/v1` are metered.
struct Test;

impl RequestHandler for Test {
    fn answer(&self, request: Request, peer: IpAddr) -> BoxFuture<'static, Response> {
        Box::pin(answer(request, peer))
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let status = match refusal {
            Refusal::Malformed => StatusCode::BAD_REQUEST,
            Refusal::UriTooLong => StatusCode::URI_TOO_LONG,
            Refusal::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::TooManyConnections | Refusal::TooManyRequests(_) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Refusal::Reserved => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, [("x-request-id", "req_1")], format!("{refusal:?}")).into_response()
    }

    fn is_kept_for(&self, uri: &Uri) -> bool {
        uri.path().starts_with("/v1")
    }

    fn is_proxy(&self, peer: IpAddr) -> bool {
        peer.to_string() == "127.0.0.9"
    }

    fn source(&self, _: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        headers.get("x-forwarded-for")?.to_str().ok()?.parse().ok()
    }
}

/// Responds to `/slow` bit by bit, to `/endless` without end, to `/large` with more than a
/// connection buffers, and to everything else immediately.
async fn answer(request: Request, peer: IpAddr) -> Response {
    match request.uri().path() {
        "/slow" | "/endless" => {}
        "/large" => {
            let parts = futures::stream::iter(
                (0..1_024).map(|_| Ok::<_, Infallible>(vec![b'.'; 64 * 1024])),
            );
            return Body::from_stream(parts).into_response();
        }
        _ => return peer.to_string().into_response(),
    }
    let last = if request.uri().path() == "/slow" { 20 } else { usize::MAX };
    let parts = futures::stream::unfold(0, move |part| async move {
        sleep(SOON).await;
        (part < last).then_some((Ok::<_, Infallible>("."), part + 1))
    });
    Body::from_stream(parts).into_response()
}

/// Connections that have sent these requests before they are accepted, and the token that stops
/// their server.
async fn send_all(
    bounds: Bounds,
    requests: &[&str],
) -> (Vec<TcpStream>, CancellationToken, tokio::task::JoinHandle<()>) {
    let from: Vec<_> = requests.iter().map(|requests| ("127.0.0.1", *requests)).collect();
    send_all_from(bounds, &from).await
}

/// Like [`send_all`], each from an address of this machine.
async fn send_all_from(
    bounds: Bounds,
    requests: &[(&str, &str)],
) -> (Vec<TcpStream>, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut streams = Vec::new();
    for (from, requests) in requests {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let mut stream = socket.connect(addr).await.unwrap();
        stream.write_all(requests.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, Test, bounds, stop.clone()));
    (streams, stop, serving)
}

/// The status of the next response.
async fn status(stream: &mut TcpStream) -> u16 {
    let mut head = [0; 12];
    timeout(Duration::from_secs(60), stream.read_exact(&mut head))
        .await
        .expect("an answer")
        .unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

/// All bytes until the server closes the connection. It may do so by a reset, after bytes it had
/// not read.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    let _ = timeout(Duration::from_secs(60), stream.read_to_string(&mut text))
        .await
        .expect("it is closed");
    text
}

const WHOLE: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn a_connection_that_asks_nothing_or_not_to_the_end_is_closed_after_a_while() {
    let bounds = Bounds { idle: SOON, ..Bounds::default() };
    let (mut streams, ..) =
        send_all(bounds, &["", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\n", WHOLE]).await;
    for (i, stream) in streams.iter_mut().enumerate() {
        let text = rest(stream).await;
        assert_eq!((text.is_empty(), text.ends_with("127.0.0.1")), (i < 3, i == 3), "{text}");
    }
}

#[tokio::test]
async fn a_head_must_come_soon_though_an_idle_connection_may_stay() {
    let bounds = Bounds { head: SOON, ..Bounds::default() };
    let begun = format!("{WHOLE}GET / HT");
    let (mut streams, ..) = send_all(bounds, &["", "GET / HT", &begun, WHOLE]).await;
    for (i, stream) in streams.iter_mut().take(2).enumerate() {
        assert_eq!(rest(stream).await, "", "{i}");
    }
    // A byte now and then does not keep it open.
    let (mut reader, mut writer) = streams.remove(2).into_split();
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"T").await.is_ok() {
            sleep(SOON / 3).await
        }
    });
    let text = rest(&mut reader).await;
    assert!(text.ends_with("127.0.0.1"), "{text}");
    dripping.await.unwrap();
    assert_eq!(status(&mut streams[2]).await, 200);
    streams[2].read_exact(&mut [0; 20]).await.unwrap();
    streams[2].write_all(WHOLE.as_bytes()).await.unwrap();
    let mut more = vec![0; 1024];
    let read = timeout(Duration::from_secs(60), async {
        let mut text = String::new();
        while text.matches("HTTP/1.1 200").count() == 0 {
            let read = streams[2].read(&mut more).await.unwrap();
            assert!(read > 0, "an idle connection was closed");
            text.push_str(std::str::from_utf8(&more[..read]).unwrap());
        }
    });
    read.await.expect("an answer");
}

#[tokio::test]
async fn a_response_that_nobody_reads_is_given_up() {
    let large = "GET /large HTTP/1.1\r\nhost: a\r\n\r\n";
    let bounds = Bounds { send: SOON, connections: 1, kept: 0, ..Bounds::default() };
    // The second is served when the first, which reads nothing, is gone.
    let (mut streams, ..) = send_all(bounds, &[large, WHOLE]).await;
    assert_eq!(status(&mut streams[1]).await, 200);
}

#[tokio::test]
async fn one_source_cannot_take_all_connections() {
    let bounds = Bounds { per_source: 3, ..Bounds::default() };
    let silent = ["127.0.0.1"; 4].map(|from| (from, ""));
    let (mut streams, ..) =
        send_all_from(bounds, &[&silent[..], &[("127.0.0.2", WHOLE)]].concat()).await;
    let refused = rest(&mut streams[3]).await;
    assert!(
        refused.starts_with("HTTP/1.1 429 ") && refused.ends_with("TooManyConnections"),
        "{refused}"
    );
    assert!(streams[2].try_read(&mut [0; 1]).is_err(), "the others stay");
    assert_eq!(status(&mut streams[4]).await, 200);
}

#[tokio::test]
async fn a_place_is_free_again_when_its_connection_is_closed() {
    let bounds = Bounds { per_source: 1, head: SOON, ..Bounds::default() };
    let (mut streams, ..) = send_all(bounds, &[""]).await;
    let addr = streams[0].peer_addr().unwrap();
    assert_eq!(rest(&mut streams[0]).await, "");
    let mut next = TcpStream::connect(addr).await.unwrap();
    next.write_all(WHOLE.as_bytes()).await.unwrap();
    assert_eq!(status(&mut next).await, 200);
}

#[tokio::test]
async fn a_proxy_is_no_source_but_those_it_names_are() {
    let bounds = Bounds { per_source: 2, ..Bounds::default() };
    let of = |path: &str, source: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-forwarded-for: {source}\r\n\r\n")
    };
    let (endless, more, other) =
        (of("/endless", "203.0.113.1"), of("/", "203.0.113.1"), of("/", "203.0.113.2"));
    let requests =
        [&endless, &endless, &more, &other].map(|requests| ("127.0.0.9", requests.as_str()));
    let (mut streams, ..) = send_all_from(bounds, &requests).await;
    assert_eq!(status(&mut streams[0]).await, 200);
    assert_eq!(status(&mut streams[1]).await, 200);
    assert_eq!(status(&mut streams[2]).await, 429);
    assert_eq!(status(&mut streams[3]).await, 200);
    assert!(rest(&mut streams[2]).await.contains("connection: close"));
}

#[tokio::test]
async fn the_last_places_are_for_metered_calls_and_for_nobody_who_waits() {
    let bounds = Bounds { connections: 3, kept: 2, idle: 20 * SOON, ..Bounds::default() };
    let (endless, call) =
        (WHOLE.replace("GET /", "GET /endless"), WHOLE.replace("GET /", "GET /v1"));
    let (mut streams, ..) = send_all(bounds, &[&endless, &call, "", WHOLE]).await;
    assert_eq!(status(&mut streams[0]).await, 200);
    assert_eq!(status(&mut streams[1]).await, 200);
    assert_eq!(rest(&mut streams[2]).await, "", "it asks nothing");
    assert_eq!(status(&mut streams[3]).await, 503, "there is no place for pages left");
}

#[tokio::test]
async fn what_is_no_http_is_refused_in_the_words_of_who_serves() {
    let many: String = (0..101).map(|i| format!("x-{i}: 1\r\n")).collect();
    let requests = [
        ("GET /\"<> HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), 400, "Malformed"),
        ("nonsense\r\n\r\n".to_owned(), 400, "Malformed"),
        (format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"), 431, "HeadersTooLarge"),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000)), 414, "UriTooLong"),
        // After a completed request.
        (format!("{WHOLE}GET /\"<> HTTP/1.1\r\n\r\n"), 400, "Malformed"),
    ];
    let texts: Vec<&str> = requests.iter().map(|(text, ..)| text.as_str()).collect();
    let (mut streams, ..) = send_all(Bounds::default(), &texts).await;
    for (stream, (requests, status, refusal)) in streams.iter_mut().zip(&requests) {
        let text = rest(stream).await;
        let refused = text.rfind("HTTP/1.1 ").map(|at| &text[at..]).unwrap_or_default();
        assert!(
            refused.starts_with(&format!("HTTP/1.1 {status} ")),
            "{} {text}",
            &requests[..20.min(requests.len())]
        );
        let (head, body) = refused.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, *refusal);
        assert!(
            head.contains("x-request-id: req_1") && head.contains("connection: close"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_response_may_be_slow() {
    let (mut streams, ..) = send_all(Bounds { idle: SOON, ..Bounds::default() }, &[SLOW]).await;
    let text = rest(&mut streams[0]).await;
    assert!(text.matches("1\r\n.\r\n").count() == 20 && text.ends_with("0\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn who_finds_no_place_waits_until_a_connection_is_closed() {
    let (mut streams, ..) =
        send_all(Bounds { connections: 1, kept: 0, ..Bounds::default() }, &[SLOW, WHOLE]).await;
    streams[0].read_exact(&mut [0; 12]).await.unwrap();
    assert!(streams[1].try_read(&mut [0; 12]).is_err(), "answered beside the first");
    drop(streams.remove(0));
    streams[0].read_exact(&mut [0; 12]).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_stopped_closes_what_is_idle_and_ends_what_is_not() {
    let (mut streams, stop, serving) = send_all(Bounds::default(), &[SLOW, WHOLE]).await;
    for stream in &mut streams {
        stream.read_exact(&mut [0; 12]).await.unwrap();
    }
    stop.cancel();
    assert!(rest(&mut streams[1]).await.ends_with("127.0.0.1"));
    assert!(rest(&mut streams[0]).await.ends_with("0\r\n\r\n"));
    serving.await.unwrap();
}
