//! The real node with the real clients.

mod abuse;
mod bad_input;
mod burst;
mod ceremony_on_chain;
mod exploits;
mod foreign_requests;
mod layers;
mod metrics;
mod miner;
mod network;
mod operator;
mod power_cut;
mod programs;
mod requests;
mod retrained;
mod snarkjs;
mod tensors;
mod worker;
