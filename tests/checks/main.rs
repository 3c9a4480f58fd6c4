//! The rules: what they find, what they let pass, and what becomes of it.

mod rules;
mod sound;
