//! What one release of Qubes OS has, and the one before has not: the one table that everything asks.

use super::Release;

/// Something that a release of Qubes OS has or has not, by the name that Qubes gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// A feature of a qube that the system heeds.
    Feature(&'static str),
    /// A property of a qube.
    Property(&'static str),
    /// A tag that Whonix's add-on in dom0 gives.
    Tag(&'static str),
    /// A qrexec service that stock policy has rules for.
    Service(&'static str),
    /// A policy directory in `/run`, whose files mask those of the same name in `/etc`.
    RuntimePolicy,
    /// The file of sdwdate-gui's own settings is read by a shell, so that values in it are quoted.
    SdwdateGuiIsQuoted,
}

/// All that is not in every release: since when, and how that is known. What is not named here is in all of them.
const SINCE: &[(Fact, Release, &str)] = {
    use Fact::{Feature, Property, RuntimePolicy, SdwdateGuiIsQuoted, Service, Tag};
    use Release::R4_3;
    &[
        (Feature("prohibit-start"), R4_3, "qubes-core-admin R4.3, qubes/vm/qubesvm.py"),
        (Feature("skip-update"), R4_3, "qubes-core-admin-client R4.3, tools/qvm_template; qubes-vm-update"),
        (Feature("anon-timezone"), R4_3, "qubes-core-admin R4.3, doc/qubes-features.rst"),
        (Feature("gui-events-max-delay"), R4_3, "qubes-core-admin-addon-whonix R4.3"),
        (Property("appvm_default_bootmode"), R4_3, "qubes-core-admin R4.3, qubes/vm/templatevm.py"),
        (Property("bootmode"), R4_3, "qubes-core-admin R4.3, qubes/vm/qubesvm.py"),
        (Property("devices_denied"), R4_3, "qubes-core-admin R4.3, qubes/vm/qubesvm.py"),
        (Tag("sdwdate-gui-server"), R4_3, "qubes-core-admin-addon-whonix R4.3"),
        (Tag("sdwdate-gui-client"), R4_3, "qubes-core-admin-addon-whonix R4.3"),
        (Service("sdwdate-gui.Connect"), R4_3, "80-whonix.policy of R4.3"),
        (Service("sdwdate-gui.ConnectCheck"), R4_3, "80-whonix.policy of R4.3"),
        (Service("sdwdate.Connect"), R4_3, "80-whonix.policy of R4.3"),
        (Service("sdwdate.ConnectCheck"), R4_3, "80-whonix.policy of R4.3"),
        (RuntimePolicy, R4_3, "qubes-core-qrexec R4.3, qrexec/__init__.py, RUNTIME_POLICY_PATH"),
        (SdwdateGuiIsQuoted, R4_3, "sdwdate-gui of Whonix 18"),
    ]
};

impl Release {
    /// Whether this release has it.
    pub fn has(self, fact: Fact) -> bool {
        self >= since(fact)
    }
}

/// The first release that has it.
pub fn since(fact: Fact) -> Release {
    let [oldest, ..] = Release::ALL;
    SINCE.iter().find(|(known, _, _)| *known == fact).map_or(oldest, |(_, since, _)| *since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_told_once_and_from_somewhere() {
        for (index, (fact, since, source)) in SINCE.iter().enumerate() {
            assert!(SINCE[..index].iter().all(|(other, _, _)| other != fact), "{fact:?}");
            assert!(*since > Release::ALL[0] && !source.is_empty(), "{fact:?}");
        }
    }

    #[test]
    fn releases_differ() {
        assert!(!Release::R4_2.has(Fact::Feature("prohibit-start")) && Release::R4_3.has(Fact::Feature("prohibit-start")));
        assert!(Release::R4_2.has(Fact::Property("netvm")));
        assert_eq!(since(Fact::Service("whonix.NewStatus")), Release::R4_2);
    }
}
