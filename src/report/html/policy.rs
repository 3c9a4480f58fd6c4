//! What a page allows itself: its own stylesheet, and nothing else. No script, no picture, no font, no form, no request to anywhere.

use ct_codecs::{Base64, Encoder};
use sha2::{Digest, Sha256};

/// The Content-Security-Policy (W3C, Level 3) of a page with this one stylesheet, named by its hash.
pub fn of(style: &str) -> String {
    let hash = Sha256::digest(style.as_bytes());
    let hash = Base64::encode_to_string(hash).expect("32 bytes are not too many for base64");
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `printf abc | openssl dgst -sha256 -binary | base64` says; the digest is one of FIPS 180-4's examples.
    #[test]
    fn the_stylesheet_is_named_by_its_hash() {
        let policy = of("abc");
        assert!(policy.contains("'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='"), "{policy}");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn no_stylesheet_ends_early() {
        for style in [super::super::STYLE, crate::report::map::STYLE] {
            assert!(!style.contains("</"), "{style}");
        }
    }
}
