//! What a bundle says, held to every rule: the desired state of its manifest together with its policy. Whatever the checks of its builder
//! said is not asked.

use std::io::{Read, Seek};

use crate::bundle::{Bundle, layout};
use crate::check::{self, Excused, Finding, Report, Surroundings};
use crate::cli::Failure;
use crate::qrexec::{Rule, parse_policy};

/// A bundle's policy, and what the rules come to.
pub struct Judged {
    /// The text of its policy file.
    #[cfg_attr(not(feature = "dom0"), allow(dead_code, reason = "only dom0 puts it in place"))]
    pub policy: String,
    /// What the rules come to.
    pub report: Report,
}

/// Holds `bundle` to the rules, in the surroundings that the text and the rules of its policy come into. Every file of its payload is
/// checked on the way.
pub fn judge<R: Read + Seek>(
    bundle: &mut Bundle<R>,
    surroundings: impl FnOnce(&str, Vec<Rule>) -> Result<Surroundings, Failure>,
) -> Result<Judged, Failure> {
    let (policy, rules) = policy(bundle)?;
    let surroundings = surroundings(&policy, rules)?;
    let manifest = bundle.manifest();
    let report = check::check_in(&manifest.desired, &surroundings, manifest.release);
    Ok(Judged { policy, report })
}

/// The text of a bundle's policy, and its rules. Every file of its payload is checked on the way.
pub fn policy<R: Read + Seek>(bundle: &mut Bundle<R>) -> Result<(String, Vec<Rule>), Failure> {
    let path = layout::POLICY;
    let policy = bundle.contents(|file| file.as_str() == path)?.into_values().next();
    let policy = policy.ok_or_else(|| Failure::new(format!("it holds no `{path}`")).hint(DO_NOT_USE))?;
    let policy = String::from_utf8(policy).map_err(|_| Failure::new(format!("its `{path}` is not UTF-8")).hint(DO_NOT_USE))?;
    let rules = parse_policy(&policy).map_err(|error| {
        let failure = Failure::new(format!("its `{path}` has a rule that halite does not write: {error}"));
        failure.hint("with a line that Qubes cannot read, every call of every qube would be denied; tell its author")
    })?;
    Ok((policy, rules))
}

/// Holds `bundle` to the rules on a stock system.
pub fn judge_anywhere<R: Read + Seek>(bundle: &mut Bundle<R>) -> Result<Judged, Failure> {
    let release = bundle.manifest().release;
    judge(bundle, |_, rules| Ok(Surroundings::stock(release, rules)))
}

/// What to do with a bundle that should never have been built.
const DO_NOT_USE: &str = "tell its author; do not use it";

impl Judged {
    /// Refuses a bundle that breaks a rule.
    pub fn accept(self) -> Result<Self, Failure> {
        self.keeps("it breaks rules that its builder should have found", DO_NOT_USE)
    }

    /// Refuses a bundle that breaks a rule in a certain dom0.
    #[cfg(feature = "build")]
    pub fn accept_there(self) -> Result<Self, Failure> {
        self.keeps("it breaks rules in that dom0", "`halite check BUNDLE` tells whether it keeps them on a stock system")
    }

    fn keeps(self, broken: &str, hint: &str) -> Result<Self, Failure> {
        let errors: Vec<_> = self.report.errors().map(line).collect();
        if errors.is_empty() {
            return Ok(self);
        }
        Err(Failure::new(format!("{broken}:\n{}", errors.join("\n"))).hint(hint))
    }

    /// Warnings, and what is excused, for people: a line each.
    pub fn remarks(&self) -> String {
        let warnings = self.report.findings.iter().filter(|finding| !finding.is_error());
        let warnings: String = warnings.map(|finding| format!("warning: {}\n", line(finding))).collect();
        warnings + &excused(&self.report.excused)
    }
}

/// What is excused, a line each.
pub fn excused(excused: &[Excused]) -> String {
    excused.iter().map(|excused| format!("excused: {}; because: {}\n", line(&excused.finding), excused.reason)).collect()
}

fn line(finding: &Finding) -> String {
    format!("{} {finding}", finding.code)
}
