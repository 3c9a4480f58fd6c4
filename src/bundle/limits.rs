//! The fixed limits of the format. `docs/format.md` repeats them for readers; nothing larger is ever read into memory or decompressed.

/// A whole bundle, in bytes.
pub const BUNDLE: u64 = 256 << 20;
/// `statement`, in bytes.
pub const STATEMENT: u64 = 1 << 10;
/// `manifest.cbor`, in bytes.
pub const MANIFEST: u64 = 16 << 20;
/// A signature file, in bytes.
pub const SIGNATURE: u64 = 1 << 10;
/// Signatures in a bundle.
pub const SIGNATURES: usize = 32;
/// Files in a payload.
pub const FILES: usize = 65_536;
/// All files of a payload together, decompressed, in bytes.
pub const PAYLOAD_CONTENTS: u64 = 1 << 30;
/// The window that a payload's decompressor may need, in bytes. Level 3 needs 2 MiB.
pub const WINDOW: u64 = 8 << 20;
