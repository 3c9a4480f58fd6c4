//! The policies that Qubes OS and Whonix install, of each release: the rules of every file, in the order of evaluation.
//!
//! Recorded from the packages of R4.2 and R4.3 (qubes-core-qrexec, qubes-core-dom0-linux, qubes-gui-daemon, qubes-video-companion,
//! qubes-core-admin-addon-whonix and others); `r4.2.tsv` and `r4.3.tsv` hold a rule a line. The empty include files for administration
//! are left out: they have no rules.

use std::collections::BTreeMap;

use super::load::Policy;
use super::rule::{Origin, Rule};
use crate::model::Release;

/// The policy of a stock system of `release`.
pub fn stock(release: Release) -> Policy {
    // Where in its file a rule stands was not recorded.
    let rule = |(file, rule): (&str, &str)| Rule::parse(rule, Origin { file: file.into(), line: None }, release);
    let rules = rows(release).map(|row| rule(row).expect("each line of the table holds a rule"));
    Policy { rules: rules.collect(), faults: Vec::new() }
}

/// The same as files, with nothing but the rules: their names, and what is in them.
pub fn stock_files(release: Release) -> BTreeMap<&'static str, String> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (file, rule) in rows(release) {
        let text = files.entry(file).or_default();
        text.push_str(rule);
        text.push('\n');
    }
    files
}

/// A file's name and a rule of it.
fn rows(release: Release) -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = match release {
        Release::R4_2 => include_str!("r4.2.tsv"),
        Release::R4_3 => include_str!("r4.3.tsv"),
    };
    // The first line names the columns.
    table.lines().skip(1).map(|row| row.split_once('\t').expect("each line of the table has a file and a rule"))
}

/// The policy of a stock system of `release`, with these rules of another file in their place.
pub fn stock_beside(release: Release, rules: Vec<Rule>) -> Policy {
    let file = rules.first().map(|rule| rule.clause.origin.file.clone());
    let mut all = stock(release).rules;
    let at = file.map_or(0, |file| all.partition_point(|rule| rule.clause.origin.file < file));
    all.splice(at..at, rules);
    Policy { rules: all, faults: Vec::new() }
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
