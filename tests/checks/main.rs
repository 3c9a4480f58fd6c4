//! The rules: what they find, what they let pass, and what becomes of it.

mod lines;
mod mutants;
mod rules;
mod sound;
