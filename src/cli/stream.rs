//! Data that is too much to be held until the end: read from stdin and written to stdout as it comes.

use std::io;

use super::Failure;

/// stdin.
pub fn input() -> io::BufReader<io::Stdin> {
    io::BufReader::with_capacity(1 << 16, io::stdin())
}

/// stdout, with a buffer that must be flushed in the end.
pub fn output() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::with_capacity(1 << 20, io::stdout().lock())
}

/// Whether somebody still reads what was written to [`output`]. That nobody does is no fault: they have seen enough.
///
/// # Errors
/// If it could not be written for any other reason.
pub fn is_read(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("cannot write to stdout: {error}"))),
    }
}
