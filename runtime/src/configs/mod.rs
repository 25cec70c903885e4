//! The configuration of each pallet.

mod fees;
mod sdk;
mod zkml;

pub use sdk::{RuntimeBlockLength, RuntimeBlockWeights};
pub use zkml::{AnswerGrace, MaxHorizon, RemovalDelay};
