//! Writing the outer archive. The inverse of [`super::Container`].

use std::io::{self, Read, Write};

use super::ustar::{BLOCK, Header, padding};

/// Writes a bundle's file to `out`. `signatures` are names without `signatures/` and contents, in any order; `payload` must give
/// exactly `payload_size` bytes. Streams, so that a bundle of any size costs no memory.
///
/// Both programs use it: `halite` to seal, `halite-dom0` to unite the signatures of a bundle that it already has.
///
/// # Errors
/// Those of `out` and `payload`, and [`io::ErrorKind::UnexpectedEof`] where the payload is shorter than was said.
pub fn write_container(
    out: &mut impl Write,
    statement: &[u8],
    manifest: &[u8],
    signatures: &[(String, Vec<u8>)],
    payload: impl Read,
    payload_size: u64,
) -> io::Result<()> {
    let mut signatures: Vec<_> = signatures.iter().collect();
    signatures.sort();
    member(out, "statement", statement, statement.len() as u64)?;
    member(out, "manifest.cbor", manifest, manifest.len() as u64)?;
    for (name, signature) in signatures {
        member(out, &format!("signatures/{name}"), signature.as_slice(), signature.len() as u64)?;
    }
    member(out, "payload.tar.zst", payload, payload_size)?;
    out.write_all(&[0; 2 * BLOCK])
}

fn member(out: &mut impl Write, name: &str, contents: impl Read, size: u64) -> io::Result<()> {
    out.write_all(&Header { name: name.to_owned(), size }.to_block())?;
    if io::copy(&mut contents.take(size), out)? != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    io::copy(&mut io::repeat(0).take(padding(size)), out).map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{BadContainer, Container};
    use super::*;

    fn sample() -> Vec<u8> {
        let signatures = [("B".to_owned(), b"2".to_vec()), ("A".to_owned(), b"1".to_vec())];
        let mut bytes = Vec::new();
        write_container(&mut bytes, b"s", b"manifest", &signatures, &[7; 700][..], 700).unwrap();
        bytes
    }

    fn open(bytes: &[u8]) -> Result<Container<Cursor<Vec<u8>>>, BadContainer> {
        Container::open(Cursor::new(bytes.to_vec()))
    }

    #[test]
    fn a_container_reads_back() {
        let mut container = open(&sample()).unwrap();
        assert_eq!(container.untrusted_statement().unwrap(), b"s");
        assert_eq!(container.untrusted_manifest().unwrap(), b"manifest");
        let signatures = container.untrusted_signatures().unwrap();
        assert_eq!(signatures, [("A".to_owned(), b"1".to_vec()), ("B".to_owned(), b"2".to_vec())]);
        let mut payload = Vec::new();
        container.untrusted_payload().unwrap().read_to_end(&mut payload).unwrap();
        assert_eq!(payload, [7; 700]);
    }

    #[test]
    fn a_container_cut_anywhere_is_refused() {
        let whole = sample();
        for length in 0..whole.len() {
            assert!(open(&whole[..length]).is_err(), "{length} bytes were taken");
        }
    }

    #[test]
    fn an_appended_byte_is_refused() {
        for extra in [0, 1] {
            let mut bytes = sample();
            bytes.push(extra);
            assert_eq!(
                open(&bytes).unwrap_err().to_string(),
                "there are bytes after `the end of the archive` that do not belong to it"
            );
        }
    }

    #[test]
    fn every_flipped_bit_outside_the_contents_is_refused() {
        let whole = sample();
        // The contents of the five members, which this reader does not judge.
        let contents = [512..513, 1536..1544, 2560..2561, 3584..3585, 4608..5308];
        for at in (0..whole.len()).filter(|at| !contents.iter().any(|range| range.contains(at))) {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                assert!(open(&bytes).is_err(), "byte {at}, bit {bit} was taken");
            }
        }
    }

    #[test]
    fn members_out_of_place_are_refused() {
        let part = |name: &str, contents: &[u8]| {
            let mut bytes = Vec::new();
            member(&mut bytes, name, contents, contents.len() as u64).unwrap();
            bytes
        };
        let end = vec![0; 2 * BLOCK];
        let refusal = |parts: &[Vec<u8>]| open(&parts.concat()).unwrap_err().to_string();
        let (s, m, p) = (part("statement", b"s"), part("manifest.cbor", b"m"), part("payload.tar.zst", b"p"));
        let (a, b) = (part("signatures/A", b"a"), part("signatures/B", b"b"));
        for (attack, parts, message) in [
            (
                "manifest_first",
                vec![m.clone(), s.clone(), p.clone()],
                "it is not a bundle: at byte 0 there is no header of `statement`",
            ),
            ("no_manifest", vec![s.clone(), p.clone()], "it is not a bundle: at byte 1024 there is no header of `manifest.cbor`"),
            (
                "no_payload",
                vec![s.clone(), m.clone()],
                "it is not a bundle: at byte 2048 there is no header of `payload.tar.zst`",
            ),
            (
                "stranger",
                vec![s.clone(), m.clone(), part("x", b""), p.clone()],
                "it is not a bundle: at byte 2048 there is no header of `payload.tar.zst`",
            ),
            (
                "signatures_unsorted",
                vec![s.clone(), m.clone(), b.clone(), a.clone(), p.clone()],
                "its signatures are not sorted by name",
            ),
            (
                "signature_twice",
                vec![s.clone(), m.clone(), a.clone(), a.clone(), p.clone()],
                "its signatures are not sorted by name",
            ),
            (
                "after_payload",
                vec![s.clone(), m.clone(), p.clone(), a.clone()],
                "there are bytes after `payload.tar.zst` that do not belong to it",
            ),
            (
                "huge_statement",
                vec![part("statement", &[0; 1025]), m.clone(), p.clone()],
                "its `statement` has 1025 bytes, and at most 1024 are allowed",
            ),
            (
                "huge_signature",
                vec![s.clone(), m.clone(), part("signatures/A", &[0; 1025]), p.clone()],
                "its `signatures/` has 1025 bytes, and at most 1024 are allowed",
            ),
        ] {
            let mut parts = parts;
            parts.push(end.clone());
            assert_eq!(refusal(&parts), message, "{attack}");
        }
        let many = (0..33).map(|n| part(&format!("signatures/{n:02}"), b""));
        let parts: Vec<_> = [s, m].into_iter().chain(many).chain([p, end]).collect();
        assert_eq!(refusal(&parts), "it has more than 32 signatures");
    }
}
