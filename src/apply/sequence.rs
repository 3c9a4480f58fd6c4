//! CBOR values one after the other (RFC 8742), as files have them that grow, or that are read in part.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::canonical::{self, NotCanonical};

/// The first value, which must be canonical, and the bytes behind it.
///
/// # Errors
/// If there is none of this form.
pub fn first<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), NotCanonical> {
    let mut values = serde_cbor::Deserializer::from_slice(bytes).into_iter::<T>();
    match values.next() {
        Some(Err(error)) => return Err(error.into()),
        None => return canonical::decode(bytes).map(|value| (value, &[][..])),
        Some(Ok(_)) => {}
    }
    let (first, rest) = bytes.split_at_checked(values.byte_offset()).unwrap_or((bytes, &[]));
    canonical::decode(first).map(|value| (value, rest))
}

/// All values up to the first that is none of this form or not whole, and how many bytes they have.
pub fn whole<T: DeserializeOwned>(bytes: &[u8]) -> (Vec<T>, usize) {
    let mut values = serde_cbor::Deserializer::from_slice(bytes).into_iter::<T>();
    let (mut found, mut length) = (Vec::new(), 0);
    while let Some(Ok(value)) = values.next() {
        found.push(value);
        length = values.byte_offset();
    }
    (found, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_one_by_one_and_a_torn_one_ends_them() {
        let bytes = [canonical::encode(&1_u32), canonical::encode(&500_u32), canonical::encode(&"x")].concat();
        let (one, rest) = first::<u32>(&bytes).unwrap();
        assert_eq!((one, rest), (1, &bytes[1..]));
        assert_eq!(first::<u32>(&bytes[4..]).map(|_| ()).map_err(|error| error.to_string().is_empty()), Err(false));
        assert!(first::<u32>(&[]).is_err());
        assert!(first::<u32>(b"\x18\x01").is_err(), "the shortest form only");
        assert_eq!(whole::<u32>(&bytes), (vec![1, 500], 4));
        assert_eq!(whole::<u32>(&bytes[..3]), (vec![1], 1));
        assert_eq!(whole::<u32>(&[]), (vec![], 0));
    }
}
