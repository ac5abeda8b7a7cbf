//! A connection to one Redis server or to a cluster.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value,
};

use crate::config::RedisServers;

/// The connect timeout. Calls do not wait for it.
pub const CONNECT: Duration = Duration::from_secs(1);

/// How often a command follows a slot that has moved to another node of the cluster.
const MOVES: u32 = 3;

/// Where to connect to.
pub struct Servers {
    /// The single server, or the cluster's nodes that are known from the start.
    pub nodes: Vec<Client>,
    cluster: Option<ClusterClient>,
}

/// Cheap to clone; all clones use the same connections.
#[derive(Clone)]
pub enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Servers {
    pub fn new(servers: RedisServers) -> RedisResult<Self> {
        let builder =
            servers.is_cluster.then(|| ClusterClient::builder(servers.nodes.iter().cloned()));
        // By default, the client repeats a command whose connection broke, although it may have
        // been run.
        let builder = builder.map(|builder| {
            builder.connection_timeout(CONNECT).response_timeout(CONNECT).retries(0)
        });
        let cluster = builder.map(ClusterClientBuilder::build).transpose()?;
        let nodes: RedisResult<Vec<Client>> = servers.nodes.into_iter().map(Client::open).collect();
        Ok(Self { nodes: nodes?, cluster })
    }

    pub const fn is_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    pub async fn connect(&self) -> RedisResult<Connection> {
        if let Some(cluster) = &self.cluster {
            return cluster.get_async_connection().await.map(Connection::Cluster);
        }
        let client =
            self.nodes.first().ok_or((ErrorKind::InvalidClientConfig, "no server is named"))?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(CONNECT));
        client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::One)
    }

    /// The database's number.
    pub fn database(&self) -> i64 {
        self.nodes.first().map_or(0, |client| client.get_connection_info().redis_settings().db())
    }
}

impl Connection {
    /// Sends a command, and never repeats what may have been run; an error response of Redis is an
    /// error.
    pub async fn run(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => cmd.query_async(connection).await,
            Self::Cluster(connection) => {
                let mut moves = 0;
                loop {
                    match cmd.query_async(connection).await {
                        // Not run. The client looks up the slots before it sends anything else.
                        Err(error)
                            if error.kind() == ErrorKind::Server(ServerErrorKind::Moved)
                                && moves < MOVES =>
                        {
                            moves += 1
                        }
                        answered => return answered,
                    }
                }
            }
        }
    }
}

/// Whether a node did not run the command because it is moving its keys to another node.
pub fn is_handing_over(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(ServerErrorKind::Ask | ServerErrorKind::TryAgain))
}
