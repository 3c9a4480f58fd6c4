//! Policies: `cargo +nightly fuzz run policy`. What is done with an input, and what must hold, is in `policy_input.rs`, which the test
//! `tests/qrexec/corpus.rs` also runs.

#![no_main]

mod policy_input;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Err(what) = policy_input::check(input) {
        panic!("{what}");
    }
});
