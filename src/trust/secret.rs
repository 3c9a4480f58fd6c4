//! Secret keys, in minisign's own files, and signing.

use std::io;

use ct_codecs::{Base64, Decoder};
use minisign::{KeyPair, SecretKeyBox};
use thiserror::Error;

use super::key::PublicKey;
use super::signature::Signature;
use crate::bundle::Statement;

/// A secret key, ready to sign with.
pub struct SecretKey {
    secret: minisign::SecretKey,
    public: PublicKey,
}

/// Why there is no secret key to sign with.
#[derive(Debug, Error)]
pub enum BadSecretKey {
    /// Not the two lines of a secret key file.
    #[error("expected a minisign secret key: a line `untrusted comment: …`, and a line of base64")]
    Shape,
    /// A public key was given.
    #[error("this is a public key; signing needs the secret one")]
    Public,
    /// The passphrase does not open it.
    #[error("the passphrase is wrong, or the key is damaged")]
    Passphrase,
    /// No passphrase could be read.
    #[error("no passphrase could be read: {0}")]
    NoPassphrase(io::Error),
    /// Deriving the key from the passphrase needs more memory than there is.
    #[error("the passphrase needs {} MiB of memory to be checked, and they are not there; use a machine with more, or a key without one", .0 >> 20)]
    Memory(usize),
    /// Signing gave something that the public key does not verify.
    #[error("the key is damaged: what it signs cannot be verified with it")]
    Damaged,
    /// The operating system gives no randomness.
    #[error("no new key can be made: {0}")]
    Generate(String),
}

/// A secret key file of 158 bytes, in base64: two bytes each of signature, derivation and checksum algorithm, 32 of salt, 8 of
/// operations limit, 8 of memory limit, 8 of key id, 64 of key, 32 of checksum. Source: minisign, `src/minisign.h`.
const BYTES: usize = 158;

impl SecretKey {
    /// Reads a secret key file. `passphrase` is asked only if the key is protected by one.
    ///
    /// # Errors
    /// If it is none, or the passphrase does not open it.
    pub fn parse(text: &str, passphrase: impl FnOnce() -> io::Result<String>) -> Result<Self, BadSecretKey> {
        let mut lines = text.trim_end_matches('\n').split('\n');
        let (Some(comment), Some(base64), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(BadSecretKey::Shape);
        };
        if !comment.starts_with("untrusted comment: ") {
            return Err(BadSecretKey::Shape);
        }
        let bytes = Base64::decode_to_vec(base64, None).map_err(|_| BadSecretKey::Shape)?;
        match (bytes.len(), bytes.get(..6)) {
            (BYTES, Some(b"EdScB2")) => {
                let memory = bytes.get(46..54).and_then(|limit| limit.try_into().ok()).map_or(0, u64::from_le_bytes);
                check_memory(usize::try_from(memory).unwrap_or(usize::MAX))?;
                let passphrase = passphrase().map_err(BadSecretKey::NoPassphrase)?;
                let opened = SecretKeyBox::from(text.to_owned()).into_secret_key(Some(passphrase));
                Self::with(opened.map_err(|_| BadSecretKey::Passphrase)?)
            }
            // Stock minisign 0.11 leaves the checksum of a key without passphrase (`-W`) at zero, which the crate's own reader
            // refuses. So the checksum is not asked here: every signature is verified after it was made, which finds more.
            (BYTES, Some(b"Ed\0\0B2")) => Self::with(minisign::SecretKey::from_bytes(&bytes).map_err(|_| BadSecretKey::Shape)?),
            (42, _) => Err(BadSecretKey::Public),
            _ => Err(BadSecretKey::Shape),
        }
    }

    /// Makes a new key, and the text of its file: protected by `passphrase`, or by nothing.
    ///
    /// # Errors
    /// If there is no randomness, or not enough memory.
    pub fn generate(passphrase: Option<String>) -> Result<(Self, String), BadSecretKey> {
        let failed = |error: minisign::PError| BadSecretKey::Generate(error.to_string());
        let comment = |public: &PublicKey| format!("minisign secret key {}", public.id());
        let Some(passphrase) = passphrase else {
            let pair = KeyPair::generate_unencrypted_keypair().map_err(failed)?;
            let key = Self::with(pair.sk)?;
            let file = key.secret.to_box(Some(&comment(&key.public))).map_err(failed)?.into_string();
            return Ok((key, file));
        };
        // Encrypting turns the pair's secret into something that cannot sign; its file is opened again, as it will be later.
        let pair = KeyPair::generate_encrypted_keypair(Some(passphrase.clone())).map_err(failed)?;
        let public = public_of(&pair.pk)?;
        let file = pair.sk.to_box(Some(&comment(&public))).map_err(failed)?.into_string();
        Ok((Self::parse(&file, || Ok(passphrase))?, file))
    }

    fn with(secret: minisign::SecretKey) -> Result<Self, BadSecretKey> {
        let public = minisign::PublicKey::from_secret_key(&secret).map_err(|_| BadSecretKey::Damaged)?;
        Ok(Self { public: public_of(&public)?, secret })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `statement`. The comment that is signed along says again what the bundle is; it holds no time.
    ///
    /// # Errors
    /// If the key is damaged.
    pub fn sign(&self, statement: &Statement) -> Result<Signature, BadSecretKey> {
        let message = statement.to_string();
        let Statement { name, release, serial, .. } = statement;
        let comment = format!("halite {name} {release} serial {serial} id {}", statement.id());
        let signature = minisign::sign(None, &self.secret, message.as_bytes(), Some(&comment), None);
        let signature = signature.map_err(|_| BadSecretKey::Damaged)?.into_string();
        let signature = Signature::parse(&signature).map_err(|_| BadSecretKey::Damaged)?;
        if signature.is_by(&self.public, message.as_bytes()) { Ok(signature) } else { Err(BadSecretKey::Damaged) }
    }
}

fn public_of(key: &minisign::PublicKey) -> Result<PublicKey, BadSecretKey> {
    PublicKey::parse(&key.to_base64()).map_err(|_| BadSecretKey::Damaged)
}

/// Refuses in words where scrypt would end the process because its memory is not to be had.
fn check_memory(bytes: usize) -> Result<(), BadSecretKey> {
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| BadSecretKey::Memory(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digest;
    use crate::model::Release;

    fn statement() -> Statement {
        Statement {
            name: "b".parse().unwrap(),
            release: Release::R4_3,
            serial: 1,
            built_with: "halite/0.1.0".to_owned(),
            expires: None,
            manifest: Digest::of(b"m"),
            payload: Digest::of(b"p"),
        }
    }

    fn never() -> io::Result<String> {
        panic!("a key without passphrase was asked for one")
    }

    #[test]
    fn a_key_without_passphrase_signs() {
        let (key, file) = SecretKey::generate(None).unwrap();
        let again = SecretKey::parse(&file, never).unwrap();
        assert_eq!(again.public(), key.public());
        let signature = again.sign(&statement()).unwrap();
        assert!(signature.is_by(key.public(), statement().to_string().as_bytes()));
        assert!(signature.trusted_comment().starts_with("halite b r4.3 serial 1 id "));
    }

    #[test]
    fn a_passphrase_is_needed_where_there_is_one() {
        let (key, file) = SecretKey::generate(Some("correct".to_owned())).unwrap();
        assert_eq!(SecretKey::parse(&file, || Ok("correct".to_owned())).unwrap().public(), key.public());
        assert!(matches!(SecretKey::parse(&file, || Ok("wrong".to_owned())), Err(BadSecretKey::Passphrase)));
    }

    #[test]
    fn what_is_no_secret_key_is_refused() {
        let (key, file) = SecretKey::generate(None).unwrap();
        assert!(matches!(SecretKey::parse(&key.public().to_file(), never), Err(BadSecretKey::Public)));
        assert!(matches!(SecretKey::parse(&format!("{file}more"), never), Err(BadSecretKey::Shape)));
        assert!(matches!(SecretKey::parse("", never), Err(BadSecretKey::Shape)));
    }

    #[test]
    fn a_damaged_key_does_not_sign() {
        let (_, file) = SecretKey::generate(None).unwrap();
        let (comment, base64) = file.trim_end().split_once('\n').unwrap();
        let mut bytes = Base64::decode_to_vec(base64, None).unwrap();
        bytes[62 + 3] ^= 1;
        let file = format!("{comment}\n{}\n", super::super::key::base64(&bytes));
        let damaged = SecretKey::parse(&file, never).and_then(|key| key.sign(&statement()));
        assert!(matches!(damaged, Err(BadSecretKey::Damaged)));
    }
}
