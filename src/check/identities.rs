//! H03xx: what identities must not share.

use std::collections::BTreeMap;

use super::code::Code;
use super::finding::{Finding, Part, Subject};
use crate::base::Handle;
use crate::model::Desired;

pub fn check(desired: &Desired, findings: &mut Vec<Finding>) {
    let mut owners: BTreeMap<&Handle, &Handle> = BTreeMap::new();
    for (handle, identity) in &desired.identities {
        for account in &identity.accounts {
            if let Some(other) = owners.insert(account, handle) {
                let message = format!("the account `{account}` is also one of identity `{other}`");
                let help = "an account used in two identities tells its provider that they are one";
                let part = Part::Account(account.clone());
                let finding = Finding::new(Code::SharedAccount, Subject::Identity(handle.clone()), message);
                let other = Subject::Identity(other.clone());
                findings.push(finding.help(help).part(part.clone()).see(other, Some(part)));
            }
        }
    }
}
