//! A captured dom0 on the command line, which stands for one that is elsewhere.

use std::path::Path;

use crate::check::Surroundings;
use crate::cli::Failure;
use crate::disk;
use crate::model::Release;
use crate::observe::Capture;

/// The largest capture that is read, in bytes.
const MOST: u64 = 256 << 20;

/// Reads the capture at `path`.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn load(path: &Path) -> Result<Capture, Failure> {
    let json = disk::read(path, MOST)?;
    Capture::from_json(&json).map_err(|error| {
        let failure = Failure::new(error).about(format!("`{}`", path.display()));
        failure.hint("make one in dom0, with `halite-dom0 capture --output FILE`")
    })
}

/// The captured dom0, with `text` as the bundle's policy.
///
/// # Errors
/// If the captured dom0 is of another release.
pub fn surroundings(capture: &Capture, text: &str, release: Release) -> Result<Surroundings, Failure> {
    of_release(capture, release)?;
    let system = capture.system().map_err(Failure::new)?;
    Ok(Surroundings::of(capture.policy.clone(), text, &system, release))
}

/// Refuses what is for another release than the captured dom0.
///
/// # Errors
/// If it is.
pub fn of_release(capture: &Capture, release: Release) -> Result<(), Failure> {
    if capture.release == release {
        return Ok(());
    }
    Err(Failure::new(format!("it is for {release}, and the captured dom0 is {}", capture.release)))
}
