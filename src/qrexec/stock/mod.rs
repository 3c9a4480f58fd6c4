//! The policies that Qubes OS and Whonix install, of each release: the rules of every file, in the order of evaluation.
//!
//! Recorded from the packages of R4.2 and R4.3 (qubes-core-qrexec, qubes-core-dom0-linux, qubes-gui-daemon, qubes-video-companion,
//! qubes-core-admin-addon-whonix and others); `r4.2.tsv` and `r4.3.tsv` hold a rule a line. The empty include files for administration
//! are left out: they have no rules.

use super::load::Policy;
use super::rule::{Origin, Rule};
use crate::model::Release;

/// The policy of a stock system of `release`.
pub fn stock(release: Release) -> Policy {
    let rows = match release {
        Release::R4_2 => include_str!("r4.2.tsv"),
        Release::R4_3 => include_str!("r4.3.tsv"),
    };
    // The first line names the columns.
    let rules = rows.lines().skip(1).map(|row| {
        let (file, rule) = row.split_once('\t').expect("each line of the table has a file and a rule");
        // Where in its file a rule stands was not recorded.
        Rule::parse(rule, Origin { file: file.into(), line: None }, release).expect("each line of the table holds a rule")
    });
    Policy { rules: rules.collect(), faults: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_releases_have_one() {
        let count = |release| stock(release).rules.len();
        assert_eq!((count(Release::R4_2), count(Release::R4_3)), (71, 92));
        for release in Release::ALL {
            let files: Vec<_> = stock(release).rules.into_iter().map(|rule| rule.clause.origin.file.clone()).collect();
            assert!(files.is_sorted(), "files are in the order in which Qubes reads them");
        }
    }
}
