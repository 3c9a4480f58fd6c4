//! Bundles taken apart and put together again, by code that shares nothing with halite's.

use std::ops::Range;

const BLOCK: usize = 512;

/// A member of a bundle's archive: where its parts lie in the file.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its header.
    pub header: Range<usize>,
    /// Its contents.
    pub contents: Range<usize>,
    /// The zeros behind it.
    pub padding: Range<usize>,
}

/// The members of a ustar archive, in order.
pub fn members(bundle: &[u8]) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = 0;
    while bundle[at] != 0 {
        let header = &bundle[at..at + BLOCK];
        let text = |field: &[u8]| String::from_utf8(field.split(|&byte| byte == 0).next().unwrap().to_vec()).unwrap();
        let size = usize::from_str_radix(&text(&header[124..136]), 8).unwrap();
        let contents = at + BLOCK..at + BLOCK + size;
        let end = contents.end.next_multiple_of(BLOCK);
        members.push(Member { name: text(&header[..100]), header: at..at + BLOCK, padding: contents.end..end, contents });
        at = end;
    }
    members
}

/// The contents of all members, in order.
pub fn contents(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    members(bundle).into_iter().map(|member| (member.name, bundle[member.contents].to_vec())).collect()
}

/// The contents of one member.
#[track_caller]
pub fn member(bundle: &[u8], name: &str) -> Vec<u8> {
    let found = contents(bundle).into_iter().find(|(found, _)| found == name);
    found.unwrap_or_else(|| panic!("the bundle has no `{name}`")).1
}

/// An archive of these members, as `docs/format.md` describes it.
pub fn assembled(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bundle = Vec::new();
    for (name, contents) in members {
        let mut header = [0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", contents.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bundle.extend_from_slice(&header);
        bundle.extend_from_slice(contents);
        bundle.resize(bundle.len().next_multiple_of(BLOCK), 0);
    }
    bundle.resize(bundle.len() + 2 * BLOCK, 0);
    bundle
}
