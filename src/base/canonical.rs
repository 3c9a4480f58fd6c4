//! Canonical CBOR: one value, one sequence of bytes (RFC 8949, section 4.2.1: shortest integers and lengths, definite lengths, map
//! keys sorted by their encoded bytes).
//!
//! No codec checks all of that while it reads, so reading is: decode, encode again, compare, else refuse. What is encoded has text
//! keys, and no floats, tags or null, since no type that passes through here has a field that could hold one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_cbor::Value;
use thiserror::Error;

/// Why bytes are refused.
#[derive(Debug, Error)]
pub enum NotCanonical {
    /// No CBOR, or not of the wanted form.
    #[error("it is not the CBOR that was expected: {0}")]
    Undecodable(#[from] serde_cbor::Error),
    /// The same value has other bytes when halite writes it.
    #[error("it is CBOR, but not in the one canonical form")]
    OtherBytes,
}

/// The canonical bytes of `value`.
///
/// # Panics
/// If `value` cannot be CBOR at all, which no type of halite's can bring about.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // `Value` keeps maps sorted in canonical order, whatever the order of the fields in the source.
    let value: Value = serde_cbor::value::to_value(value).expect("the value is plain data");
    serde_cbor::to_vec(&value).expect("the value is plain data")
}

/// The value of which `bytes` are the canonical encoding.
///
/// # Errors
/// If they are not.
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, NotCanonical> {
    let value = serde_cbor::from_slice(bytes)?;
    if encode(&value) == bytes { Ok(value) } else { Err(NotCanonical::OtherBytes) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        zone: u32,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        aa: Option<bool>,
        b: BTreeMap<String, u32>,
    }

    fn sample() -> Sample {
        Sample { zone: 1, aa: None, b: [("long".to_owned(), 1), ("z".to_owned(), 24)].into() }
    }

    const SAMPLE: &[u8] = b"\xa2\x61b\xa2\x61z\x18\x18\x64long\x01\x64zone\x01";

    #[test]
    fn keys_are_sorted_by_their_encoded_bytes() {
        assert_eq!(encode(&sample()), SAMPLE);
        assert_eq!(decode::<Sample>(SAMPLE).unwrap(), sample());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for (attack, bytes) in [
            ("keys_out_of_order", &b"\xa2\x64zone\x01\x61b\xa0"[..]),
            ("integer_not_shortest", b"\xa2\x61b\xa0\x64zone\x18\x01"),
            ("length_not_shortest", b"\xa2\x78\x01b\xa0\x64zone\x01"),
            ("indefinite_map", b"\xbf\x61b\xa0\x64zone\x01\xff"),
            ("indefinite_text", b"\xa2\x7f\x61b\xff\xa0\x64zone\x01"),
            ("key_twice", b"\xa3\x61b\xa0\x64zone\x01\x64zone\x01"),
            ("trailing_byte", b"\xa2\x61b\xa0\x64zone\x01\x00"),
            ("null_for_absent", b"\xa3\x61b\xa0\x62aa\xf6\x64zone\x01"),
            ("unknown_key", b"\xa3\x61b\xa0\x61c\x01\x64zone\x01"),
            ("float_for_integer", b"\xa2\x61b\xa0\x64zone\xf9\x3c\x00"),
            ("tagged", b"\xc1\xa2\x61b\xa0\x64zone\x01"),
            ("array_for_map", b"\x82\x01\xa0"),
            ("truncated", b"\xa2\x61b\xa0\x64zone"),
            ("huge_length", b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff"),
            ("empty", b""),
        ] {
            assert!(decode::<Sample>(bytes).is_err(), "{attack} was taken");
        }
    }
}
