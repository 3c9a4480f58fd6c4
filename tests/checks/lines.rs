//! Policies without one of their lines: each is there for something that the checks find missing, or that is named here.

use halite::model::{Release, Role};

use crate::mutants::{Subject, recipes};

/// What may be taken out of a policy without a finding, by how the line begins and ends, and what it is there for.
const FOR_OTHER_REASONS: &[(&str, &str, &str)] = &[
    ("qubes.Filecopy * @tag:halite-identity-", " ask", "people move files inside an identity"),
    ("qubes.ClipboardPaste * @tag:halite-identity-", " ask", "and texts"),
    ("qubes.OpenInVM * @tag:halite-identity-", "ask", "and open what they have elsewhere"),
    ("qubes.OpenInVM * @tag:halite-identity-", "ask default_target=@dispvm", "above all in disposables"),
    ("qubes.OpenURL * @tag:halite-identity-", "ask", "addresses as well"),
    ("qubes.OpenURL * @tag:halite-identity-", "ask default_target=@dispvm", "addresses as well"),
    ("qubes.StartApp * @tag:halite-identity-", "ask", "and applications"),
    ("qubes.StartApp * @tag:halite-identity-", "ask default_target=@dispvm", "and applications"),
    ("qubes.GetImageRGBA * @tag:halite-identity-", "@dispvm allow", "pictures are converted there"),
    (
        "qubes.UpdatesProxy * @tag:halite-over-tor @anyvm deny",
        "",
        "Qubes' settings may write other ways of updates into 50-config-updates",
    ),
    ("qvc.Webcam * @anyvm ", " deny", "stock policy has cameras only in sys-usb and dom0; a user's may have others"),
    ("* * @tag:halite-isolated @tag:halite-isolated deny", "", "services that stock policy does not name"),
];

/// The same for policies of bundles without a Whonix gateway: one that an earlier bundle made still holds its identity's Tor, and is still
/// there.
const FOR_RETIRED_GATEWAYS: [&str; 2] = ["sdwdate", "whonix."];

#[test]
fn every_line_is_needed() {
    let mut needless = Vec::new();
    for folder in recipes() {
        for release in Release::ALL {
            let subject = Subject::of(&folder, release);
            let has_gateway = subject.desired.qubes.values().any(|qube| qube.role == Role::Gateway);
            for (number, line) in
                subject.policy.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            {
                let rest = subject.policy.lines().enumerate().filter(|(other, _)| *other != number);
                let policy = rest.map(|(_, line)| format!("{line}\n")).collect();
                let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                let is_found = Subject { policy, ..subject.clone() }.judge().errors().next().is_some();
                let is_named = FOR_OTHER_REASONS.iter().any(|(begin, end, _)| line.starts_with(begin) && line.ends_with(end));
                let is_of_gateways =
                    line.ends_with("deny notify=no") && FOR_RETIRED_GATEWAYS.iter().any(|begin| line.starts_with(begin));
                if is_found == is_named && (has_gateway || !is_of_gateways) {
                    needless.push(format!("{}, {release}: {line}", folder.file_name().unwrap().display()));
                }
            }
        }
    }
    assert!(needless.is_empty(), "{} lines:\n{}", needless.len(), needless.join("\n"));
}
