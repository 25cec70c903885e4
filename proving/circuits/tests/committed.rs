//! Private parameters that are committed to once: what holds, and one test for each way of cheating.

#[path = "committed/agreement.rs"]
mod agreement;
#[path = "committed/blinding.rs"]
mod blinding;
mod common;
#[path = "committed/deltas.rs"]
mod deltas;
#[path = "committed/keyed.rs"]
mod keyed;
#[path = "committed/late.rs"]
mod late;
#[path = "common/layers.rs"]
mod layers;
#[path = "committed/models.rs"]
mod models;
#[path = "committed/points.rs"]
mod points;
#[path = "committed/ranges.rs"]
mod ranges;
#[path = "committed/salts.rs"]
mod salts;
#[path = "committed/statement.rs"]
mod statement;
