//! The rules: what they find, what they let pass, and what becomes of it.

mod disposables;
mod rules;
mod sound;
