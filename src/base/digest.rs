//! BLAKE3 digests, and the id of a bundle.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A BLAKE3 digest of 32 bytes. Shown as `b3sum` prints it: 64 lower-case hexadecimal digits; in CBOR a byte string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; Self::BYTES]);

/// Why a text is no digest.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("expected 64 lower-case hexadecimal digits, as `b3sum` prints them")]
pub struct BadDigest;

impl Digest {
    /// Length in bytes.
    pub const BYTES: usize = blake3::OUT_LEN;

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of all that `reader` still holds, in constant memory.
    ///
    /// # Errors
    /// Those of `reader`.
    pub fn of_reader(reader: impl Read) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        // `from_hex` also takes capitals; one digest has one spelling here.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadDigest);
        }
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| BadDigest)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expect;
        impl Visitor<'_> for Expect {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a BLAKE3 digest")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                bytes.try_into().map(Digest).map_err(|_| E::invalid_length(bytes.len(), &"32 bytes"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map_err(E::custom)
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Expect)
        } else {
            deserializer.deserialize_bytes(Expect)
        }
    }
}

/// A reader that hashes and counts what passes through it.
pub struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
    count: u64,
}

impl<R: Read> Hashing<R> {
    /// Starts at nothing read.
    pub fn new(inner: R) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), count: 0 }
    }

    /// The digest and the number of the bytes that passed.
    pub fn finish(self) -> (Digest, u64) {
        (Digest(*self.hasher.finalize().as_bytes()), self.count)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.count = self.count.saturating_add(count as u64);
        Ok(count)
    }
}

/// The id of a bundle: the digest of its manifest. Two bundles with the same id ask dom0 for the same state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BundleId(pub Digest);

impl BundleId {
    /// Digits that are shown where a person only needs to tell bundles apart. Never enough to decide trust.
    pub const SHORT: usize = 12;

    /// The first digits, for messages.
    pub fn short(&self) -> String {
        let mut hex = self.0.to_string();
        hex.truncate(Self::SHORT);
        hex
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BundleId {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

    #[test]
    fn digest_of_nothing_is_the_published_one() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(Digest::of_reader(io::empty()).unwrap().to_string(), EMPTY);
    }

    #[test]
    fn one_digest_has_one_spelling() {
        assert_eq!(EMPTY.parse(), Ok(Digest::of(b"")));
        assert_eq!(EMPTY.to_uppercase().parse::<Digest>(), Err(BadDigest));
        assert_eq!(EMPTY[1..].parse::<Digest>(), Err(BadDigest));
        assert_eq!(format!("{EMPTY}0").parse::<Digest>(), Err(BadDigest));
    }

    #[test]
    fn hashing_reader_sees_every_byte() {
        let mut reader = Hashing::new(&b"salt and cubes"[..]);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(reader.finish(), (Digest::of(b"salt and cubes"), 14));
    }
}
