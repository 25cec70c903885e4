//! Private parameters that are committed to once: what holds, and one test for each way of cheating.

mod agreement;
mod blinding;
mod deltas;
mod keyed;
pub mod late;
mod models;
mod points;
mod ranges;
mod salts;
mod statement;
