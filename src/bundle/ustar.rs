//! The header of one member of the outer archive, in the one form that halite writes.
//!
//! A bundle is a plain ustar archive (POSIX.1-1988), so that stock `tar` reads it. What `tar` would also take is refused here: a header
//! is read by finding the name and the size in it, writing the header for these anew, and comparing all 512 bytes. There is nothing
//! left that a reader could understand in two ways.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)]

use thiserror::Error;

/// The size of a header, and what members are padded to.
pub const BLOCK: usize = 512;

/// What a header says, when it is one that halite writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The member's name: plain ASCII, at most 100 bytes.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Why 512 bytes are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadHeader {
    /// Not what halite would have written.
    #[error("it is not a header that halite writes")]
    NotOurs,
    /// Two blocks of zeros: the end of the archive.
    #[error("the archive ends here")]
    End,
}

impl Header {
    /// The header's bytes: a regular file, mode 0644, owned by 0:0 without names, time 0.
    ///
    /// # Panics
    /// If the name is longer than 100 bytes or the size than 8 GiB, which no member of a bundle is.
    pub fn to_block(&self) -> [u8; BLOCK] {
        fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
            let place = at.checked_add(bytes.len()).and_then(|end| block.get_mut(at..end));
            place.expect("fields lie inside the block").copy_from_slice(bytes);
        }
        assert!(self.name.len() <= 100 && self.size < 1 << 33, "a member's name and size fit");
        let mut block = [0; BLOCK];
        put(&mut block, 0, self.name.as_bytes());
        put(&mut block, 100, b"0000644\0"); // mode
        put(&mut block, 108, b"0000000\0"); // user
        put(&mut block, 116, b"0000000\0"); // group
        put(&mut block, 124, format!("{:011o}\0", self.size).as_bytes());
        put(&mut block, 136, b"00000000000\0"); // time
        put(&mut block, 148, b"        "); // the checksum counts itself as spaces
        put(&mut block, 156, b"0"); // a regular file
        put(&mut block, 257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
        block
    }

    /// Reads a header.
    ///
    /// # Errors
    /// If it is not the one that [`Header::to_block`] makes, or is the first half of the archive's end.
    pub fn parse(untrusted: &[u8; BLOCK]) -> Result<Self, BadHeader> {
        if untrusted.iter().all(|&byte| byte == 0) {
            return Err(BadHeader::End);
        }
        let header = Self::fields(untrusted).ok_or(BadHeader::NotOurs)?;
        if header.to_block() == *untrusted { Ok(header) } else { Err(BadHeader::NotOurs) }
    }

    fn fields(untrusted: &[u8; BLOCK]) -> Option<Self> {
        let name = untrusted.get(..100)?.split(|&byte| byte == 0).next()?;
        let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.is_ascii())?;
        let size = std::str::from_utf8(untrusted.get(124..135)?).ok()?;
        // `from_str_radix` takes a sign, which the comparison with the rewritten header then refuses.
        Some(Self { name: name.to_owned(), size: u64::from_str_radix(size, 8).ok()? })
    }
}

/// Zeros after a member of `size` bytes, up to the next block.
pub fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64).saturating_sub(size)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    fn statement() -> Header {
        Header { name: "statement".to_owned(), size: 312 }
    }

    #[test]
    fn a_header_reads_back() {
        assert_eq!(Header::parse(&statement().to_block()), Ok(statement()));
        let longest = Header { name: "n".repeat(100), size: (1 << 33) - 1 };
        assert_eq!(Header::parse(&longest.to_block()), Ok(longest));
    }

    #[test]
    fn zeros_are_the_end() {
        assert_eq!(Header::parse(&[0; BLOCK]), Err(BadHeader::End));
    }

    #[test]
    fn every_flipped_bit_of_a_header_changes_or_breaks_it() {
        let good = statement().to_block();
        for at in 0..BLOCK {
            for bit in 0..8 {
                let mut block = good;
                block[at] ^= 1 << bit;
                assert_eq!(Header::parse(&block), Err(BadHeader::NotOurs), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn padding_fills_a_block() {
        assert_eq!(padding(0), 0);
        assert_eq!(padding(1), 511);
        assert_eq!(padding(512), 0);
    }
}
