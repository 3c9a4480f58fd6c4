//! What dom0 demands of a verified bundle besides its signatures: the right release, every rule kept, a policy that Qubes can read.

use std::fs::File;

use crate::bundle::layout;
use crate::check::{self, Finding};
use crate::cli::Failure;
use crate::model::Release;
use crate::qrexec::parse_policy;
use crate::trust::Verified;

/// Checks all of it, and returns the policy's text. Whatever the builder's checks said is not asked.
pub fn inspect(verified: &mut Verified<File>, release: Release) -> Result<String, Failure> {
    let manifest = verified.bundle().manifest();
    if manifest.release != release {
        let failure = Failure::new(format!("it is for {}, and this dom0 is {release}", manifest.release));
        return Err(failure.hint(format!("build it for this release: `halite build … --release {release}`")));
    }
    let errors: Vec<Finding> = check::check(&manifest.desired, release).into_iter().filter(Finding::is_error).collect();
    if !errors.is_empty() {
        let lines: Vec<_> = errors.iter().map(|finding| format!("{} {finding}", finding.code)).collect();
        let failure = Failure::new(format!("it breaks rules that its builder should have found:\n{}", lines.join("\n")));
        return Err(failure.hint("tell its author; do not use it"));
    }
    let path = layout::POLICY;
    let policy = verified.bundle_mut().contents(|file| file.as_str() == path)?.into_values().next();
    let policy = policy.ok_or_else(|| Failure::new(format!("it holds no `{path}`")).hint("tell its author; do not use it"))?;
    let policy = String::from_utf8(policy).map_err(|_| Failure::new(format!("its `{path}` is not UTF-8")))?;
    match parse_policy(&policy) {
        Ok(_) => Ok(policy),
        Err(error) => {
            let failure = Failure::new(format!("its `{path}` has a rule that halite does not write: {error}"));
            Err(failure.hint("with a line that Qubes cannot read, every call of every qube would be denied; tell its author"))
        }
    }
}
