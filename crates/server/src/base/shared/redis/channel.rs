//! Redis channels between instances: the live feed, so that a dashboard shows calls that another
//! instance served; and changes, for caches.
//!
//! Only if instances share a PostgreSQL. Caches rely on its own NOTIFY; this is a second channel,
//! for times when that connection is lost. A lost message here does no harm.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use redis::Client;
use redis::aio::{PubSubSink, PubSubStream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Redis;
use crate::db::{Change, Changes};
use crate::random;
use crate::shared::live::{Counted, LiveFeed};

/// Messages that may wait to be sent. Further ones are dropped: a chart that misses a batch is
/// correct again when it is loaded.
const WAITING: usize = 1024;
/// Nobody sends longer ones; a longer one is not read.
const LONGEST: usize = 1024 * 1024;
/// How often the connection is checked, and how long that may take.
const PING: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Serialize, Deserialize)]
struct Message {
    /// The instance that sent it.
    from: Arc<str>,
    told: Told,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Counted(Counted),
    Change(String),
}

pub struct Channel {
    name: String,
    instance: Arc<str>,
    live: LiveFeed,
    changes: Arc<Changes>,
    waiting: tokio::sync::Mutex<mpsc::Receiver<Told>>,
}

impl Channel {
    /// Forwards what `live` and `changes` publish here to others.
    pub fn new(database: i64, live: &LiveFeed, changes: &Arc<Changes>) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING);
        let counted = sender.clone();
        live.pass_on(move |told| drop(counted.try_send(Told::Counted(told.clone()))));
        changes.pass_on(move |change| drop(sender.try_send(Told::Change(change.to_string()))));
        Self {
            // Channels are not separated by database.
            name: format!("tollgate:{database}:told"),
            instance: random::base62(12).into(),
            live: live.clone(),
            changes: Arc::clone(changes),
            waiting: waiting.into(),
        }
    }

    pub async fn send(&self, redis: &Redis) {
        let mut waiting = self.waiting.lock().await;
        while let Some(told) = waiting.recv().await {
            let message = Message { from: Arc::clone(&self.instance), told };
            if let Ok(text) = serde_json::to_vec(&message) {
                redis.link.send(redis::cmd("PUBLISH").arg(&self.name).arg(text)).await;
            }
        }
    }

    pub async fn listen(&self, redis: &Redis) {
        // A cluster's nodes forward messages to each other: any of them is sufficient.
        for client in redis.link.servers.nodes.iter().cycle() {
            // The unavailability of Redis is already logged where limits are taken.
            if let Ok(Ok((sink, stream))) = timeout(CONNECT, self.subscribe(client)).await {
                self.receive(sink, stream).await;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn subscribe(&self, client: &Client) -> redis::RedisResult<(PubSubSink, PubSubStream)> {
        let (mut sink, stream) = client.get_async_pubsub().await?.split();
        sink.subscribe(&self.name).await?;
        Ok((sink, stream))
    }

    /// Runs until the connection is lost.
    async fn receive(&self, mut sink: PubSubSink, mut stream: PubSubStream) {
        loop {
            match timeout(PING, stream.next()).await {
                Ok(Some(message)) => self.read(message.get_payload_bytes()),
                Ok(None) => return,
                Err(_) => match timeout(CONNECT, sink.ping::<redis::Value>()).await {
                    Ok(Ok(_)) => {}
                    _ => return,
                },
            }
        }
    }

    fn read(&self, text: &[u8]) {
        if text.len() > LONGEST {
            return;
        }
        // Messages of a newer version may be unknown here.
        let Ok(message) = serde_json::from_slice::<Message>(text) else { return };
        if message.from == self.instance {
            return;
        }
        match message.told {
            Told::Counted(counted) => self.live.receive(counted),
            Told::Change(change) => self.changes.publish(&Change::parse(&change)),
        }
    }
}
