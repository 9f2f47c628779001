//! Facts: the architecture table, units, settings, events, commands, and the state that follows
//! from them. Knows nothing of files, tensors or terminals.

pub mod architecture;
pub mod changes;
pub mod config;
pub mod confusion;
pub mod evaluations;
pub mod events;
pub mod explain;
pub mod fault;
pub mod features;
pub mod history;
pub mod images;
pub mod machine;
pub mod pace;
pub mod roofline;
pub mod runs;
pub mod schedule;
pub mod series;
pub mod state;
pub mod stops;
pub mod text;
pub mod units;
