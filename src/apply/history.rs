//! The history: what was done in this dom0, and when. For people; nothing is decided by it.
//!
//! The file is a head and then an entry for each deed. An entry is written when its deed has come to an end, before the journal is
//! closed; a torn one at the end is cut off by the next. When the file is full, its older half goes.

use serde::{Deserialize, Serialize};

use super::deed::{Outcome, Task};
use super::generation::check_format;
use super::{ApplyError, sequence};
use crate::base::canonical;
use crate::disk::{self, Log, Mode};
use crate::dom0::Layout;

/// The version of the file's form.
const FORMAT: u32 = 1;
/// The size from which on the older half goes, in bytes: some hundred entries.
const FULL: usize = 64 << 10;
/// The largest file that is read, in bytes.
const MOST: u64 = 1 << 20;

/// What the file begins with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
}

/// A deed that has come to an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What was done.
    pub task: Task,
    /// What came of it.
    pub outcome: Outcome,
}

/// All entries, the oldest first.
///
/// # Errors
/// If the file cannot be read, or is of another form.
pub fn load(layout: &Layout) -> Result<Vec<Entry>, ApplyError> {
    Ok(read(layout)?.map(|(entries, _)| entries).unwrap_or_default())
}

/// Adds what came of `task`, durably.
///
/// # Errors
/// If the file cannot be read or written.
pub fn add(layout: &Layout, task: Task, outcome: Outcome) -> Result<(), ApplyError> {
    // Nothing that is done may fail because of it: one that cannot be understood begins anew.
    let (mut entries, torn) = match read(layout) {
        Ok(Some(found)) => found,
        Ok(None) | Err(ApplyError::Damaged { .. }) => (Vec::new(), Tail::Torn),
        Err(error) => return Err(error),
    };
    let entry = Entry { task, outcome };
    let bytes = canonical::encode(&entry);
    let path = layout.history();
    match torn {
        Tail::Whole { length } if length + bytes.len() <= FULL => Ok(Log::open(&path)?.append(&bytes)?),
        _ => {
            if entries.len() > 1 && matches!(torn, Tail::Whole { .. }) {
                entries.drain(..entries.len() / 2);
            }
            entries.push(entry);
            let encoded = entries.iter().map(canonical::encode).collect::<Vec<_>>().concat();
            disk::make_directory(&layout.state())?;
            Ok(disk::replace(&path, &[canonical::encode(&Head { format: FORMAT }), encoded].concat(), Mode::Private)?)
        }
    }
}

/// Adds what came of `task`, unless that was the last thing which was added: whoever recovers may have died after that.
///
/// # Errors
/// If the file cannot be read or written.
pub fn add_once(layout: &Layout, task: Task, outcome: Outcome) -> Result<(), ApplyError> {
    match load(layout) {
        Ok(entries) if entries.last().is_some_and(|last| last.task == task) => Ok(()),
        _ => add(layout, task, outcome),
    }
}

/// How the file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// With an entry, after so many bytes.
    Whole { length: usize },
    /// With something that is none.
    Torn,
}

fn read(layout: &Layout) -> Result<Option<(Vec<Entry>, Tail)>, ApplyError> {
    let path = layout.history();
    let Some(bytes) = disk::read_if_there(&path, MOST)? else { return Ok(None) };
    let (head, rest) = sequence::first::<Head>(&bytes).map_err(|error| ApplyError::damaged(&path, error))?;
    check_format(&path, head.format, FORMAT)?;
    let (entries, length) = sequence::whole(rest);
    let tail = if length == rest.len() { Tail::Whole { length: bytes.len() } } else { Tail::Torn };
    Ok(Some((entries, tail)))
}

#[cfg(test)]
mod tests {
    use super::super::deed::Deed;
    use super::*;

    fn task(begun: u64) -> Task {
        Task { begun, deed: Deed::Rollback { generation: 1 } }
    }

    fn begun(layout: &Layout) -> Vec<u64> {
        load(layout).unwrap().iter().map(|entry| entry.task.begun).collect()
    }

    #[test]
    fn entries_are_added_and_what_is_full_loses_its_older_half() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::below(directory.path());
        add(&layout, task(0), Outcome::Done).unwrap();
        // Most of it at once: each entry that is added is synced.
        let (mut bytes, mut count) = (disk::read(&layout.history(), MOST).unwrap(), 1);
        while bytes.len() < FULL - 200 {
            bytes.extend(canonical::encode(&Entry { task: task(count), outcome: Outcome::Done }));
            count += 1;
        }
        disk::replace(&layout.history(), &bytes, Mode::Private).unwrap();
        while begun(&layout).len() as u64 == count {
            assert!(count < 10_000, "it is never full");
            add(&layout, task(count), Outcome::Done).unwrap();
            count += 1;
        }
        let left = begun(&layout);
        assert_eq!(left, (count - left.len() as u64..count).collect::<Vec<_>>(), "the latest, in order");
        assert!(left.len() as u64 > count / 3 && count > 300, "{} of {count}", left.len());
        assert!(disk::read(&layout.history(), FULL as u64).is_ok());
    }

    #[test]
    fn a_torn_entry_is_cut_off_by_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::below(directory.path());
        [0, 1].iter().for_each(|&begun| add(&layout, task(begun), Outcome::Done).unwrap());
        let bytes = disk::read(&layout.history(), MOST).unwrap();
        for torn in 1..canonical::encode(&Entry { task: task(1), outcome: Outcome::Done }).len() {
            disk::replace(&layout.history(), &bytes[..bytes.len() - torn], Mode::Private).unwrap();
            assert_eq!(begun(&layout), [0]);
            add(&layout, task(2), Outcome::Undone).unwrap();
            add(&layout, task(3), Outcome::Undone).unwrap();
            assert_eq!(begun(&layout), [0, 2, 3]);
        }
    }

    #[test]
    fn what_was_added_last_is_not_added_again() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::below(directory.path());
        for begun in [0, 0, 1, 1, 0] {
            add_once(&layout, task(begun), Outcome::Recovered).unwrap();
        }
        assert_eq!(begun(&layout), [0, 1, 0]);
    }

    #[test]
    fn a_history_of_another_form_is_not_shown_and_stops_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::below(directory.path());
        disk::make_directory(&layout.state()).unwrap();
        disk::replace(&layout.history(), &canonical::encode(&Head { format: 9 }), Mode::Private).unwrap();
        assert!(load(&layout).unwrap_err().to_string().ends_with("its format is 9, and this halite-dom0 reads 1"));
        add_once(&layout, task(0), Outcome::Done).unwrap();
        assert_eq!(begun(&layout), [0]);
    }
}
