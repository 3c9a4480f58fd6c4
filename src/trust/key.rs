//! Public keys, as minisign writes them.

use std::fmt;
use std::str::FromStr;

use ct_codecs::{Base64, Decoder, Encoder};
use serde::Serialize;
use thiserror::Error;

/// The number that minisign gives to a key when it is made, as minisign shows it: 16 upper-case hexadecimal digits. It finds keys; it
/// proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// From the bytes in a key or signature, which are little-endian.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&format!("{:016X}", u64::from_le_bytes(self.0)))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Not the id of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected the id of a key: 16 upper-case hexadecimal digits, as `trust list` shows them")]
pub struct BadKeyId;

impl FromStr for KeyId {
    type Err = BadKeyId;

    fn from_str(text: &str) -> Result<Self, BadKeyId> {
        let spelled = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        let number = spelled.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_le_bytes())).ok_or(BadKeyId)
    }
}

/// A minisign public key. Two of them are the same key if their bytes are, whatever their comments.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    point: [u8; 32],
    base64: String,
    key: minisign_verify::PublicKey,
}

/// Why a text is no public key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadKey {
    /// Not the two lines of a key file.
    #[error("expected a minisign public key: a line `untrusted comment: …`, and a line of base64")]
    Shape,
    /// A secret key was given.
    #[error("this is a secret key; give the public one, which minisign keeps in a file that ends in `.pub`")]
    Secret,
    /// The base64 is no Ed25519 key.
    #[error("the key's base64 is damaged")]
    Damaged,
}

impl PublicKey {
    /// Reads the two lines of a key file, or the base64 alone, as `minisign -P` takes it.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(untrusted: &str) -> Result<Self, BadKey> {
        let lines: Vec<&str> = untrusted.trim_end_matches('\n').split('\n').collect();
        let base64 = match lines[..] {
            [base64] if !base64.is_empty() => base64,
            [comment, base64] if comment.starts_with("untrusted comment: ") => base64,
            _ => return Err(BadKey::Shape),
        };
        let mut bytes = [0; 42];
        match Base64::decode(&mut bytes, base64, None).map(<[u8]>::len) {
            Ok(42) => {}
            // A secret key is longer, which the decoder reports as no room.
            Err(ct_codecs::Error::Overflow) if base64.len() == 212 => return Err(BadKey::Secret),
            _ => return Err(BadKey::Damaged),
        }
        let Some((id, point)) = bytes.strip_prefix(b"Ed").and_then(|rest| rest.split_first_chunk()) else {
            return Err(BadKey::Damaged);
        };
        let point = point.try_into().map_err(|_| BadKey::Damaged)?;
        let key = minisign_verify::PublicKey::from_base64(base64).map_err(|_| BadKey::Damaged)?;
        Ok(Self { id: KeyId(*id), point, base64: base64.to_owned(), key })
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether `other` verifies the same signatures: the same Ed25519 key, under whatever id.
    pub fn same_point(&self, other: &Self) -> bool {
        self.point == other.point
    }

    /// The key file, as minisign would write it.
    pub fn to_file(&self) -> String {
        format!("untrusted comment: minisign public key {}\n{}\n", self.id, self.base64)
    }

    /// The key itself, to verify with.
    pub(super) fn inner(&self) -> &minisign_verify::PublicKey {
        &self.key
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.base64)
    }
}

/// Base64 as minisign writes it: the standard alphabet, padded, on one line.
pub(super) fn base64(bytes: &[u8]) -> String {
    Base64::encode_to_string(bytes).expect("base64 of a few bytes fits in memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    // The public key in minisign's own documentation.
    const FILE: &str =
        "untrusted comment: minisign public key E7620F1842B4E81F\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";

    #[test]
    fn a_key_reads_back() {
        let key = PublicKey::parse(FILE).unwrap();
        assert_eq!(key.id().to_string(), "E7620F1842B4E81F");
        assert_eq!(key.to_file(), FILE);
        assert_eq!(PublicKey::parse(FILE.lines().last().unwrap()), Ok(key.clone()));
        assert_eq!("E7620F1842B4E81F".parse(), Ok(key.id()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let body = FILE.lines().last().unwrap();
        for (attack, text, why) in [
            ("empty", String::new(), BadKey::Shape),
            ("a_line_too_many", format!("{FILE}more\n"), BadKey::Shape),
            ("no_comment", format!("{body}\n{body}\n"), BadKey::Shape),
            ("truncated", body[..55].to_owned(), BadKey::Damaged),
            ("other_algorithm", body.replacen("RW", "SW", 1), BadKey::Damaged),
            ("spaces", format!(" {body}"), BadKey::Damaged),
            ("secret", "A".repeat(212), BadKey::Secret),
        ] {
            assert_eq!(PublicKey::parse(&text), Err(why), "{attack}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        for bad in ["e7620f1842b4e81f", "E7620F1842B4E81", "0xE7620F1842B4E8", "", "+7620F1842B4E81F"] {
            assert_eq!(bad.parse::<KeyId>(), Err(BadKeyId), "{bad}");
        }
    }
}
