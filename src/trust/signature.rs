//! Signatures, as minisign writes them, in the one form that a bundle holds.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)]

use ct_codecs::{Base64, Decoder};
use thiserror::Error;

use super::key::{KeyId, PublicKey, base64};
use crate::base::cleaned;

/// The first line of every signature in a bundle. It is signed by nobody, so a bundle has it say one thing only: what stock minisign
/// writes by itself.
const UNTRUSTED: &str = "untrusted comment: signature from minisign secret key";
const TRUSTED: &str = "trusted comment: ";

/// A minisign signature of the pre-hashed kind (`minisign -S`, the only kind that stock minisign makes by default).
#[derive(Clone)]
pub struct Signature {
    key_id: KeyId,
    body: String,
    inner: minisign_verify::Signature,
}

/// Why a text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadSignature {
    /// Not the four lines of a signature file.
    #[error("it is not a minisign signature of four lines")]
    Shape,
    /// Not in the one form that a bundle holds.
    #[error("it is not in the one form that a bundle holds")]
    OtherBytes,
    /// The old kind, which signs the file itself instead of its hash.
    #[error("it is of minisign's old kind; sign again without `-l`")]
    Legacy,
}

impl Signature {
    /// Reads a signature file that stock minisign wrote. Its first line may say anything, and is dropped.
    ///
    /// # Errors
    /// If it is not four lines, or not of the pre-hashed kind.
    pub fn parse(untrusted: &str) -> Result<Self, BadSignature> {
        let (_, body) = untrusted.split_once('\n').ok_or(BadSignature::Shape)?;
        if !untrusted.starts_with("untrusted comment: ") {
            return Err(BadSignature::Shape);
        }
        let body = body.strip_suffix('\n').unwrap_or(body);
        let mut lines = body.split('\n');
        let (Some(signature), Some(comment), Some(global), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(BadSignature::Shape);
        };
        if comment.contains('\r') || !comment.starts_with(TRUSTED) {
            return Err(BadSignature::Shape);
        }
        let signature = decoded::<74>(signature)?;
        decoded::<64>(global)?;
        let key_id = match signature {
            [b'E', b'D', a, b, c, d, e, f, g, h, ..] => KeyId::from_bytes([a, b, c, d, e, f, g, h]),
            [b'E', b'd', ..] => return Err(BadSignature::Legacy),
            _ => return Err(BadSignature::Shape),
        };
        let body = format!("{body}\n");
        let inner = minisign_verify::Signature::decode(&format!("{UNTRUSTED}\n{body}")).map_err(|_| BadSignature::Shape)?;
        Ok(Self { key_id, body, inner })
    }

    /// Reads a signature of a bundle, where it must be exactly as [`Signature::to_file`] writes it.
    ///
    /// # Errors
    /// As [`Signature::parse`], and if it is not in that form.
    pub fn parse_exact(untrusted: &[u8]) -> Result<Self, BadSignature> {
        let text = std::str::from_utf8(untrusted).map_err(|_| BadSignature::OtherBytes)?;
        let signature = Self::parse(text)?;
        if signature.to_file().as_bytes() == untrusted { Ok(signature) } else { Err(BadSignature::OtherBytes) }
    }

    /// The signature file.
    pub fn to_file(&self) -> String {
        format!("{UNTRUSTED}\n{}", self.body)
    }

    /// The name of the signature's file in a bundle.
    pub fn file_name(&self) -> String {
        format!("{}.minisig", self.key_id)
    }

    /// The id of the key that it says it was made with.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The comment that is signed along, cleaned for showing. Nothing interprets it.
    pub fn trusted_comment(&self) -> String {
        cleaned(self.inner.trusted_comment())
    }

    /// Whether `key` made this signature, of `message` and of the trusted comment.
    pub fn is_by(&self, key: &PublicKey, message: &[u8]) -> bool {
        key.inner().verify(message, &self.inner, false).is_ok()
    }
}

/// The `N` bytes that `text` encodes, if it is their only spelling.
fn decoded<const N: usize>(text: &str) -> Result<[u8; N], BadSignature> {
    let mut bytes = [0; N];
    let length = Base64::decode(&mut bytes, text, None).map_err(|_| BadSignature::Shape)?.len();
    if length == N && base64(&bytes) == text { Ok(bytes) } else { Err(BadSignature::Shape) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example in the documentation of the crate minisign-verify: the message is `test`.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const FILE: &str = "untrusted comment: signature from minisign secret key\n\
        RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n\
        trusted comment: timestamp:1633700835\tfile:test\tprehashed\n\
        wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n";

    #[test]
    fn a_signature_verifies() {
        let key = PublicKey::parse(KEY).unwrap();
        let signature = Signature::parse_exact(FILE.as_bytes()).unwrap();
        assert!(signature.is_by(&key, b"test"));
        assert!(!signature.is_by(&key, b"Test"));
        assert_eq!(signature.key_id(), key.id());
        assert_eq!(signature.file_name(), "E7620F1842B4E81F.minisig");
        assert_eq!(signature.trusted_comment(), "timestamp:1633700835\\u{9}file:test\\u{9}prehashed");
    }

    #[test]
    fn a_signature_has_one_form_in_a_bundle() {
        for (attack, bad) in [
            ("other_untrusted_comment", FILE.replacen("signature from", "Signature from", 1)),
            ("no_last_line_feed", FILE.trim_end().to_owned()),
        ] {
            assert!(Signature::parse(&bad).is_ok(), "{attack}");
            assert!(matches!(Signature::parse_exact(bad.as_bytes()), Err(BadSignature::OtherBytes)), "{attack}");
        }
        for (attack, bad) in [
            ("trailing_line", format!("{FILE}x\n")),
            ("trailing_empty_line", format!("{FILE}\n")),
            ("carriage_returns", FILE.replace('\n', "\r\n")),
            ("base64_unused_bits", FILE.replacen("Zwo=", "Zwp=", 1)),
            ("base64_without_padding", FILE.replacen("Zwo=", "Zwo", 1)),
            ("three_lines", FILE.lines().take(3).collect::<Vec<_>>().join("\n")),
            ("no_trusted_comment", FILE.replacen("trusted comment: t", "Trusted comment: t", 2)),
            ("empty", String::new()),
        ] {
            assert!(matches!(Signature::parse(&bad), Err(BadSignature::Shape)), "{attack}");
        }
        let legacy = FILE.replacen("RUQf", "RWQf", 1);
        assert!(matches!(Signature::parse(&legacy), Err(BadSignature::Legacy)));
    }

    #[test]
    fn every_flipped_bit_breaks_a_signature() {
        let key = PublicKey::parse(KEY).unwrap();
        let skip = UNTRUSTED.len();
        for at in skip..FILE.len() {
            let mut bytes = FILE.as_bytes().to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            let taken = Signature::parse_exact(&bytes).is_ok_and(|signature| signature.is_by(&key, b"test"));
            assert!(!taken, "byte {at}");
        }
    }
}
