//! Why a server can't be.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why a server can't be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The address can't be had.
    #[error("can't listen at {addr}: {source}; choose another address with a free port, or port 0 for any")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Others than this machine's programs could ask, and there is no token.
    #[error(
        "{addr} can be reached from other machines, and there is no token to keep strangers out; give one, or listen at 127.0.0.1"
    )]
    TokenWanted {
        /// The address.
        addr: SocketAddr,
    },
    /// A token that can't be sent.
    #[error("the token must be {least} visible ASCII characters at least, without spaces, so that it can be sent and not be guessed", least = crate::MIN_TOKEN)]
    Token,
    /// A model that can't listen.
    #[error("model {name}: {source}")]
    Model {
        /// Its name.
        name: String,
        /// Why.
        source: model::Error,
    },
    /// There is no model.
    #[error("there is no model to serve; give one")]
    NoModel,
    /// An origin that is none.
    #[error("{origin} is no origin; write it as in https://music.example, without a path")]
    Origin {
        /// What was given.
        origin: String,
    },
    /// The system has no thread or process for the work.
    #[error("the workers can't be started: {source}")]
    Workers {
        /// The system's reason.
        source: io::Error,
    },
}

/// What can fail so.
pub type Result<T> = std::result::Result<T, Error>;
