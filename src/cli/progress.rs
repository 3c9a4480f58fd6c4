//! What the program is busy with, for people at a terminal, where it takes longer than a second. Nothing of it ever goes to a pipe or
//! a file, so no script and no log depends on how fast a machine is.

use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Before this, there is nothing to say.
const FIRST: Duration = Duration::from_secs(1);
/// How long one line stands before the next.
const AGAIN: Duration = Duration::from_millis(200);

/// A line on stderr that says what is going on. It is erased when this is dropped, which must be before anything else is printed or
/// asked.
#[must_use = "the line is gone when this is dropped"]
pub struct Progress {
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins what has no measure.
    pub fn of(what: &'static str) -> Self {
        Self::start(move || format!("working: {what} …"))
    }

    /// Begins what changes by itself, and is asked each time what to show.
    #[cfg(feature = "dom0")]
    pub fn showing(line: impl Fn() -> String + Send + 'static) -> Self {
        Self::start(line)
    }

    /// Begins to read all of `reader`, which stands at its beginning, this many times.
    ///
    /// # Errors
    /// If its length cannot be found.
    pub fn of_reading<R: Read + Seek>(what: &'static str, mut reader: R, times: u64) -> io::Result<(Self, Counted<R>)> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        let (read, all) = (Arc::new(AtomicU64::new(0)), length.saturating_mul(times));
        let counted = Counted { inner: reader, read: Arc::clone(&read) };
        Ok((Self::start(move || measured(what, read.load(Ordering::Relaxed), all)), counted))
    }

    fn start(line: impl Fn() -> String + Send + 'static) -> Self {
        if !io::stderr().is_terminal() {
            return Self { shown: None };
        }
        let (stop, stopped) = mpsc::channel();
        // Without a thread to be had, the work goes on in silence.
        let thread = thread::Builder::new().spawn(move || show(&stopped, line));
        Self { shown: thread.ok().map(|thread| (stop, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.shown.take() {
            drop(stop);
            // Until the line is erased.
            let _ = thread.join();
        }
    }
}

fn measured(what: &str, read: u64, all: u64) -> String {
    format!("{what} … {} MiB of {} MiB", read.min(all) >> 20, all >> 20)
}

/// Shows lines until `stopped`. They are written over with spaces: that works on every terminal, and is no matter of colours.
fn show(stopped: &Receiver<()>, line: impl Fn() -> String) {
    let mut width = 0;
    let write = |text: String| {
        let _ = io::stderr().write_all(text.as_bytes());
    };
    let mut patience = FIRST;
    while stopped.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        let line = line();
        write(format!("\r{line:<width$}"));
        width = line.chars().count();
        patience = AGAIN;
    }
    if width > 0 {
        write(format!("\r{:width$}\r", ""));
    }
}

/// A reader that counts what it reads.
pub struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_never_passes_its_end() {
        assert_eq!(measured("verifying", 40 << 20, 256 << 20), "verifying … 40 MiB of 256 MiB");
        assert_eq!(measured("verifying", 257 << 20, 256 << 20), "verifying … 256 MiB of 256 MiB");
    }

    #[test]
    fn a_counted_reader_counts_from_its_beginning() {
        let (progress, mut counted) = Progress::of_reading("reading", io::Cursor::new(vec![7; 3 << 20]), 1).unwrap();
        assert_eq!(io::copy(&mut counted, &mut io::sink()).unwrap(), 3 << 20);
        assert_eq!(counted.read.load(Ordering::Relaxed), 3 << 20);
        drop(progress);
    }
}
