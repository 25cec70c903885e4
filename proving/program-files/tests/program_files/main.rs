//! The formats against what other tools published: `tests/vectors`.

mod fuzz;
mod known_answers;
mod published;
mod refusals;
mod round_trips;
mod strict;
mod vector;
