//! A connection to one Redis server or to a cluster.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisResult, Value};

use crate::server::config::RedisServers;

/// How long it may take to connect. Calls do not wait for it.
pub const CONNECT: Duration = Duration::from_secs(1);

/// How often a command is sent again within a cluster whose nodes have changed places.
const RETRIES: u32 = 3;

/// Where to connect to.
pub struct Servers {
    /// The one server, or those of the cluster's nodes that are known from the start.
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
        let builder = servers.is_cluster.then(|| ClusterClient::builder(servers.nodes.iter().cloned()));
        let builder = builder.map(|builder| builder.connection_timeout(CONNECT).response_timeout(CONNECT).retries(RETRIES));
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
        let client = self.nodes.first().ok_or((ErrorKind::InvalidClientConfig, "no server is named"))?;
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(CONNECT));
        client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::One)
    }

    /// The database's number.
    pub fn database(&self) -> i64 {
        self.nodes.first().map_or(0, |client| client.get_connection_info().redis_settings().db())
    }
}

impl Connection {
    pub async fn run(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(cmd).await,
            Self::Cluster(connection) => connection.req_packed_command(cmd).await,
        }
    }
}
