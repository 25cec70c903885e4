//! The real runtime, natively and as WASM.

mod activity;
mod attacks;
mod bad_bytes;
mod bad_calls;
mod common;
mod consumer;
mod crowd;
mod deposits;
mod equivocations;
mod fees;
mod genesis;
mod inference;
mod params;
mod pool;
mod programs;
mod registry;
mod slots;
mod worker;
