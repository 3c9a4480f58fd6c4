//! Where qubesd would roll dice: UUIDs, tokens and the numbers of disposables, derived so that the same calls give the same
//! replies.

use crate::base::{Digest, QubeName};

/// The UUID of a qube (of the form of version 4), from its name and number.
pub(super) fn uuid(name: &QubeName, qid: u32) -> String {
    let mut bytes = [0; 16];
    for (byte, random) in bytes.iter_mut().zip(Digest::of(format!("uuid {name} {qid}").as_bytes()).as_bytes()) {
        *byte = *random;
    }
    let number = u128::from_be_bytes(bytes) & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62;
    let hex = format!("{number:032x}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| hex.get(group).unwrap_or_default());
    groups.join("-")
}

/// The `count`-th token for cloning a volume: 32 characters.
pub(super) fn token(count: u32) -> String {
    let mut hex = Digest::of(format!("token {count}").as_bytes()).to_string();
    hex.truncate(32);
    hex
}

/// The number of the `count`-th disposable, before collisions are avoided.
pub(super) fn disposable(count: u32) -> u32 {
    let digest = Digest::of(format!("disposable {count}").as_bytes());
    let [first, second, ..] = digest.as_bytes();
    (u32::from(*first) << 8 | u32::from(*second)) % 10_000
}

/// Where Python would keep the qube in memory, for its `repr()`.
pub(super) fn address(qid: u32) -> String {
    format!("{:#x}", 0x7f51_0000_0000_u64 + u64::from(qid) * 0x40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_look_like_those_of_python() {
        let text = uuid(&"ws1".parse().unwrap(), 15);
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{text}");
        assert_ne!(text, uuid(&"ws1".parse().unwrap(), 16));
    }
}
