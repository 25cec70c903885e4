//! The configuration of each pallet.

mod sdk;
mod zkml;

pub use sdk::RuntimeBlockWeights;
pub use zkml::AnswerGrace;
