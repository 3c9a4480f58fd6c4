//! Conversations with a real qubesd of each release, replayed line by line against the simulated one, and the system information
//! that the real one gave in the end.
//!
//! The recordings were made on a machine without Xen. Where a reply may differ, [`DIFFERENCES`] and [`normalised`] say why;
//! nothing else may.

use halite::base::QubeName;
use halite::model::Release;
use halite::qubesd::{Call, Qubesd, Reply};
use halite::sim::Simulation;
use serde::Deserialize;
use serde_json::Value;

/// A line of a recording: a note, or a call and its reply.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    note: String,
    #[serde(default)]
    call: String,
    #[serde(default)]
    dest: String,
    #[serde(default)]
    payload: String,
    #[serde(default)]
    reply: String,
    #[serde(default)]
    data: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

/// Calls that are not replayed like the others.
struct Difference {
    release: Release,
    method: &'static str,
    /// The recorded reply.
    reply: &'static str,
    treated: Treated,
    #[expect(dead_code, reason = "for whoever reads the table")]
    reason: &'static str,
    /// How many lines there are of it.
    lines: usize,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Treated {
    /// The call is not made.
    Left,
    /// The call is made, and any result is right.
    Unchecked,
}

const DIFFERENCES: [Difference; 2] = [
    Difference {
        release: Release::R4_2,
        method: "admin.vm.Start",
        reply: "empty",
        treated: Treated::Left,
        reason: "without Xen nothing could start; the qube stayed halted, and was removed while it should have run",
        lines: 2,
    },
    Difference {
        release: Release::R4_3,
        method: "admin.vm.CurrentState",
        reply: "empty",
        treated: Treated::Unchecked,
        reason: "the stand-in for Xen does not know memory and processor time, and qubesd failed over that",
        lines: 3,
    },
];

/// What differs from one run of the real software to the next, replaced by a mark on both sides.
fn normalised(text: &str) -> String {
    let text = mark(text, "at 0x", |c| c.is_ascii_hexdigit()); // where Python keeps an object in memory
    without_uuids(&text) // random
}

/// `text` with the run of characters that are `part` after each `start` removed.
fn mark(text: &str, start: &str, part: fn(char) -> bool) -> String {
    let mut pieces = text.split(start);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + start + piece.trim_start_matches(part))
}

/// `text` with `UUID` for each UUID.
fn without_uuids(text: &str) -> String {
    let is_uuid = |word: &str| {
        word.len() == 36
            && word.char_indices().all(|(at, c)| if [8, 13, 18, 23].contains(&at) { c == '-' } else { c.is_ascii_hexdigit() })
    };
    text.split_inclusive([' ', '=', '\n', '>'])
        .map(|piece| {
            let word = piece.trim_end_matches([' ', '=', '\n', '>']);
            if is_uuid(word) { piece.replace(word, "UUID") } else { piece.to_owned() }
        })
        .collect()
}

/// Replays a recording and returns the system in the end.
fn replay(release: Release, recording: &str, lines: usize) -> Simulation {
    let mut system = Simulation::stock(release);
    let mut tokens: Vec<(String, String)> = Vec::new();
    let (mut replayed, mut treated) = (0, vec![0; DIFFERENCES.len()]);
    for (number, line) in (1..).zip(recording.lines()) {
        let line: Line = serde_json::from_str(line).unwrap();
        if !line.note.is_empty() {
            continue;
        }
        replayed += 1;
        let (method, argument) = line.call.split_once('+').unwrap();
        let difference = DIFFERENCES.iter().position(|d| d.release == release && d.method == method && d.reply == line.reply);
        if let Some(at) = difference {
            treated[at] += 1;
        }
        let treated = difference.map(|at| DIFFERENCES[at].treated);
        if treated == Some(Treated::Left) {
            continue;
        }
        // Tokens are random: the one that was given here stands for the recorded one.
        let payload = tokens.iter().find(|(recorded, _)| *recorded == line.payload).map_or(&line.payload, |(_, given)| given);
        let dest: QubeName = line.dest.parse().unwrap();
        let call = Call::new(method.to_owned(), &dest).argument(argument).payload(payload.as_bytes());
        // Each call is made to a system that went through its file.
        system = Simulation::from_json(&system.to_json()).unwrap();
        let reply = system.call(&call).unwrap();
        let shown = format!("line {number}: {} at {} with {:?}", line.call, line.dest, line.payload);
        match (line.reply.as_str(), reply) {
            (_, Reply::Ok(_)) if treated == Some(Treated::Unchecked) => {}
            ("ok", Reply::Ok(given)) if method == "admin.vm.volume.CloneFrom" => {
                let given = String::from_utf8(given).unwrap();
                assert_eq!(given.len(), line.data.len(), "{shown}");
                tokens.push((line.data, given));
            }
            ("ok", Reply::Ok(data)) => {
                assert_eq!(normalised(&String::from_utf8(data).unwrap()), normalised(&line.data), "{shown}");
            }
            ("exception", Reply::Exception { kind, message }) => {
                assert_eq!(kind, line.kind, "{shown}");
                // The recorder cut some messages: what is left of them must be how ours begins.
                match line.message.strip_suffix('…') {
                    Some(beginning) => {
                        assert!(normalised(&message).starts_with(&normalised(beginning)), "{shown}: {message}");
                    }
                    None => assert_eq!(normalised(&message), normalised(&line.message), "{shown}"),
                }
            }
            ("empty", Reply::Empty) => {}
            (recorded, reply) => panic!("{shown}: recorded {recorded} {} {}, got {reply:?}", line.kind, line.message),
        }
    }
    assert_eq!(replayed, lines, "every line is replayed");
    for (difference, count) in DIFFERENCES.iter().zip(treated) {
        assert_eq!(count, if difference.release == release { difference.lines } else { 0 }, "{}", difference.method);
    }
    system
}

/// The system information of a system, tags sorted, UUIDs left out.
fn comparable(json: &[u8]) -> Value {
    let mut info: Value = serde_json::from_slice(json).unwrap();
    for domain in info["domains"].as_object_mut().unwrap().values_mut() {
        let domain = domain.as_object_mut().unwrap();
        if let Some(uuid) = domain.remove("uuid") {
            assert_eq!(without_uuids(uuid.as_str().unwrap()), "UUID");
        }
        domain["tags"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    }
    info
}

#[track_caller]
fn case(release: Release, recording: &str, lines: usize, info: &[u8]) {
    let mut system = replay(release, recording, lines);
    let call = Call::new("internal.GetSystemInfo", &QubeName::dom0());
    // It was recorded after the conversation, when the network qubes that it started were still running.
    match system.call(&call).unwrap() {
        Reply::Ok(ours) => assert_eq!(comparable(&ours), comparable(info)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn r4_2_answers_as_recorded() {
    case(Release::R4_2, include_str!("data/admin-api-4.2.jsonl"), 261, include_bytes!("data/system-info-4.2.json"));
}

#[test]
fn r4_3_answers_as_recorded() {
    case(Release::R4_3, include_str!("data/admin-api-4.3.jsonl"), 264, include_bytes!("data/system-info-4.3.json"));
}
