//! What dom0 demands of a verified bundle besides its signatures: the right release, and every rule kept.

use std::fs::File;

use super::judge::{Judged, judge};
use crate::cli::Failure;
use crate::model::Release;
use crate::trust::Verified;

/// Checks all of it.
pub fn inspect(verified: &mut Verified<File>, release: Release) -> Result<Judged, Failure> {
    let built_for = verified.bundle().manifest().release;
    if built_for != release {
        let failure = Failure::new(format!("it is for {built_for}, and this dom0 is {release}"));
        return Err(failure.hint(format!("build it for this release: `halite build … --release {release}`")));
    }
    judge(verified.bundle_mut())?.accept()
}
