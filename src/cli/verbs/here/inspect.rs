//! What dom0 demands of a verified bundle besides its signatures: the right release, and every rule kept.

use std::fs::File;

use crate::cli::Failure;
use crate::cli::verbs::judge::{Judged, judge_anywhere};
use crate::model::Release;
use crate::trust::Verified;

/// Checks all of it, wherever it may come into.
pub fn inspect(verified: &mut Verified<File>, release: Release) -> Result<Judged, Failure> {
    of_release(verified, release)?;
    judge_anywhere(verified.bundle_mut())?.accept()
}

/// Refuses what is for another release.
pub fn of_release(verified: &Verified<File>, release: Release) -> Result<(), Failure> {
    let built_for = verified.bundle().manifest().release;
    if built_for == release {
        return Ok(());
    }
    let failure = Failure::new(format!("it is for {built_for}, and this dom0 is {release}"));
    Err(failure.hint(format!("build it for this release: `halite build … --release {release}`")))
}
