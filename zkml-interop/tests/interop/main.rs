//! The formats against what other tools published: `tests/vectors`.

mod fuzz;
mod known_answers;
mod refusals;
mod round_trips;
mod vector;
