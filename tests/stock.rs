//! What halite knows of stock systems, against what was recorded of them: the rules that Qubes and Whonix install, and what their services
//! carry.

use std::collections::BTreeMap;

use halite::model::Release;
use halite::qrexec::{Carries, Directories, Files, Policy, carries, stock, stock_files};

/// The recorded rules: file, service, argument, source, target, action.
fn recorded(release: Release) -> Vec<[&'static str; 6]> {
    let table = match release {
        Release::R4_2 => include_str!("data/stock-policy-4.2.tsv"),
        Release::R4_3 => include_str!("data/stock-policy-4.3.tsv"),
    };
    let columns = |line: &'static str| line.split('\t').collect::<Vec<_>>().try_into().expect("six columns");
    let mut rows = table.lines().map(columns);
    assert_eq!(rows.next(), Some(["file", "service", "argument", "source", "target", "action"]));
    rows.collect()
}

/// Each rule as one text, with its file.
fn texts(policy: &Policy) -> Vec<String> {
    let words = |rule: String| rule.split_whitespace().collect::<Vec<_>>().join(" ");
    policy.rules.iter().map(|rule| format!("{} {}", rule.clause.origin.file, words(rule.to_string()))).collect()
}

#[test]
fn the_rules_of_each_release() {
    for (release, count) in [(Release::R4_2, 71), (Release::R4_3, 92)] {
        let mut recorded: Vec<String> = recorded(release).iter().map(|row| row.join(" ")).collect();
        if release == Release::R4_2 {
            // There, Qubes reads and prints dom0 as the word for it.
            recorded = recorded.iter().map(|rule| rule.replace("dom0", "@adminvm")).collect();
        }
        assert_eq!(recorded.len(), count);
        assert_eq!(texts(&stock(release)), recorded, "{release}");
    }
}

/// Stock policies as files.
struct InMemory(BTreeMap<&'static str, String>);

impl Files for InMemory {
    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(self.0.keys().map(|&name| name.to_owned()).collect())
    }

    fn link(&self, _: &str) -> Option<String> {
        None
    }

    fn is_directory(&self, _: &str) -> bool {
        true
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Ok(self.0[path.rsplit('/').next().unwrap()].clone().into_bytes())
    }
}

/// What a simulated dom0 begins with is read as what is known by heart.
#[test]
fn files_hold_the_same_rules() {
    for release in Release::ALL {
        let directories = Directories { policy: vec!["/policy.d".to_owned()], compat: "/old".to_owned(), release };
        let loaded = Policy::load(&InMemory(stock_files(release)), &directories);
        assert_eq!(loaded.faults, []);
        assert_eq!(texts(&loaded), texts(&stock(release)), "{release}");
        assert!(loaded.rules.iter().all(|rule| rule.clause.origin.line.is_some()));
    }
}

/// What moves with each service that people meet: at least this.
#[test]
fn services_carry_what_they_are_for() {
    use Carries::{Control, Data, Network, Status, Time, ToDom0};
    let known: [(Carries, &[&str]); 5] = [
        (Data, &["Filecopy", "ClipboardPaste", "OpenInVM", "OpenURL", "StartApp", "GetImageRGBA", "Gpg"]),
        (Control, &["VMShell", "VMExec", "VMExecGUI", "VMRootShell", "VMRootExec", "StartApp"]),
        (Network, &["ConnectTCP", "UpdatesProxy"]),
        (Time, &["GetDate", "GetRandomizedTime"]),
        (ToDom0, &["FeaturesRequest", "NotifyTools", "NotifyUpdates", "SyncAppMenus", "Notifications"]),
    ];
    let qubes = known.into_iter().flat_map(|(what, names)| names.iter().map(move |name| (what, format!("qubes.{name}"))));
    let others = [
        (Control, "whonix.GatewayCommand"),
        (Control, "admin.vm.Start"),
        (Control, "policy.RegisterArgument"),
        (Status, "whonix.NewStatus"),
        (Status, "whonix.SdwdateStatus"),
        (Status, "sdwdate-gui.Connect"),
        (Status, "sdwdate-gui.ConnectCheck"),
        (Status, "sdwdate.Connect"),
        (Status, "sdwdate.ConnectCheck"),
        (Data, "u2f.Authenticate"),
        (Data, "ctap.GetInfo"),
        // Whatever nobody knows may do the worst.
        (Data, "qubes.NoSuchService"),
        (Control, "qubes.NoSuchService"),
    ];
    for (what, service) in qubes.chain(others.map(|(what, service)| (what, service.to_owned()))) {
        assert!(carries(Some(&service)).contains(&what), "{service} carries {what:?}");
    }
    // What only goes to dom0, or only tells the time, is no way between two qubes.
    for service in ["qubes.GetDate", "qubes.NotifyUpdates", "whonix.NewStatus", "qubes.UpdatesProxy"] {
        assert!(!carries(Some(service)).contains(&Data) && !carries(Some(service)).contains(&Control), "{service}");
    }
}
