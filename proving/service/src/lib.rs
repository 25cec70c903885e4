//! The prover service: takes jobs from the off-chain worker and proves them, one at a time. It knows no
//! chain: what a job says is all it is told.
//!
//! It holds models whose weights may be private and openings of inputs and outputs, so it listens on
//! loopback only, wants a bearer token, and checks the Host header: a web page that got a name of
//! its own to resolve to 127.0.0.1 could otherwise talk to it.
//!
//! [`Queue`] is of use without HTTP as well: the miner has one of its own.
#![warn(clippy::missing_errors_doc)]

mod client;
mod error;
mod http;
mod kept;
mod library;
mod notice;
mod openings;
mod queue;
mod server;
mod service;
mod token;

pub use client::{fetch_opening, loopback};
pub use error::ServiceError;
pub use kept::Kept;
pub use library::{About, Library, Loaded, Name};
pub use notice::{Notice, Tell};
pub use openings::Openings;
pub use queue::{Job, Prove, Queue};
pub use server::{stop_signal, Loopback, Server, DEFAULT_ADDRESS};
pub use service::Service;
pub use token::Token;
