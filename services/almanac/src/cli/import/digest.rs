//! SHA-256 digests in hex.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// The digest of what was hashed.
pub fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// How many bytes there are to read, and their digest.
pub fn of(mut source: impl Read) -> io::Result<(u64, String)> {
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let count = source.read(&mut piece)?;
        if count == 0 {
            return Ok((size, hex(hash)));
        }
        hash.update(&piece[..count]);
        size += count as u64;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_digest_is_that_of_all_bytes() {
        let (size, digest) = super::of("abc".as_bytes()).expect("it can be read");
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((size, digest.as_str()), (3, known));
    }
}
