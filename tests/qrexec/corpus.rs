//! The corpus of the fuzz target `policy`: replayed, and changed at random, the same way each time. A policy that once broke something is
//! kept there.

#[path = "../../fuzz/fuzz_targets/policy_input.rs"]
mod policy_input;

use std::fs;
use std::path::Path;

/// How many changed inputs are tried.
const CHANGED: usize = 2_000;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/policy");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let mut inputs: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect();
    inputs.sort();
    inputs
}

#[test]
fn every_input_holds() {
    let inputs = corpus();
    assert!(inputs.len() > 50, "{}", inputs.len());
    for (name, input) in inputs {
        policy_input::check(&input).unwrap_or_else(|what| panic!("{name}: {what}"));
    }
}

/// Numbers that look like chance: xorshift.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn every_changed_input_holds() {
    let inputs: Vec<Vec<u8>> = corpus().into_iter().map(|(_, input)| input).collect();
    let lines: Vec<&[u8]> = inputs.iter().flat_map(|input| input.split_inclusive(|byte| *byte == b'\n')).collect();
    let words: Vec<&[u8]> = lines.iter().flat_map(|line| line.split(u8::is_ascii_whitespace)).collect();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for number in 0..CHANGED {
        let mut changed = inputs[chance.below(inputs.len())].clone();
        for _ in 0..=chance.below(6) {
            let at = chance.below(changed.len() + 1);
            let end = (at + chance.below(12)).min(changed.len());
            let line = changed[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            match chance.below(4) {
                0 => drop(changed.splice(line..line, lines[chance.below(lines.len())].iter().copied())),
                1 => drop(changed.splice(at..end, words[chance.below(words.len())].iter().copied())),
                2 => drop(changed.splice(at..end, b" \n\x1c,$!@+*=/.\xff\r"[chance.below(14)..].iter().copied().take(1))),
                _ => drop(changed.drain(at..end)),
            }
        }
        policy_input::check(&changed).unwrap_or_else(|what| panic!("{number}: {what}: {:?}", String::from_utf8_lossy(&changed)));
    }
}
