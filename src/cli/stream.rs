//! Data that is too much to be held until the end: read from stdin and written to stdout as it comes.

use std::io::{self, Write};

/// stdin.
pub fn input() -> io::Stdin {
    io::stdin()
}

/// What is written to stdout.
pub struct Data {
    out: io::BufWriter<io::StdoutLock<'static>>,
    /// Whoever read us has seen enough.
    is_closed: bool,
}

impl Data {
    /// To stdout.
    pub fn stdout() -> Self {
        Self { out: io::BufWriter::with_capacity(1 << 20, io::stdout().lock()), is_closed: false }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// If it cannot be written, and somebody still wanted it.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    fn pass(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            result => result,
        }
    }
}

impl Write for Data {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_closed {
            let written = self.out.write_all(bytes);
            self.pass(written)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.pass(flushed)
    }
}
