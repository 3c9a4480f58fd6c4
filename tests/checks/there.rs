//! A bundle held to its rules in a certain dom0: among the policy files and the qubes that are there.

use halite::check::{Code, Surroundings, check_in};
use halite::model::Release;
use halite::qrexec::{Contents, POLICY_DIRECTORY, PolicyTree, RUNTIME_DIRECTORY, System, stock_files};

use crate::sound::sound;

const RELEASE: Release = Release::R4_3;

/// A stock dom0 with these files and these qubes besides; what is found of the sound state in it.
fn found(files: &[(&str, &str)], qubes: &str) -> Vec<(Code, String, Option<String>)> {
    let mut tree = PolicyTree::default();
    let stock = stock_files(RELEASE).into_iter().map(|(name, text)| (format!("{POLICY_DIRECTORY}/{name}"), text));
    for (path, text) in stock.chain(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))) {
        tree.directories.insert(path.rsplit_once('/').unwrap().0.to_owned());
        tree.files.insert(path, Contents::Text(text));
    }
    let system = System::parse(format!("{{\"domains\": {{{qubes}}}}}").as_bytes()).unwrap();
    let desired = sound(RELEASE);
    let policy = halite::compile::policy(&desired, RELEASE, "sound");
    let report = check_in(&desired, &Surroundings::of(tree, &policy, &system, RELEASE), RELEASE);
    report.findings.into_iter().map(|finding| (finding.code, finding.message, finding.help)).collect()
}

fn file(name: &str) -> String {
    format!("{POLICY_DIRECTORY}/{name}")
}

/// A qube, as qubesd tells of it.
fn qube(name: &str, dispvm: &str) -> String {
    format!(
        "\"{name}\": {{\"type\": \"AppVM\", \"tags\": [], \"template_for_dispvms\": false, \"default_dispvm\": {dispvm}, \
         \"power_state\": \"Halted\", \"uuid\": \"8a02f73c-d9bd-4e4b-8c3f-e8f9f4d2a1b0\"}}"
    )
}

#[test]
fn in_a_stock_dom0_nothing_is_found() {
    assert_eq!(found(&[], ""), []);
    assert_eq!(found(&[], &qube("work", "null")), []);
}

#[test]
fn rules_of_others_are_named_with_their_file() {
    let help = "that rule is not the bundle's: take it out of `10-mine.policy`, or declare the flow in the recipe";
    let message = "`work` may call `a-ws` (qubes.Filecopy, ask, 10-mine.policy:1)";
    let found = found(&[(&file("10-mine.policy"), "qubes.Filecopy * work a-ws ask\n")], &qube("work", "null"));
    assert_eq!(found, [(Code::UndeclaredFlow, message.to_owned(), Some(help.to_owned()))]);
}

#[test]
fn disposables_of_an_identity_are_nobody_elses() {
    let found = found(&[], &qube("work", "\"a-dvm\""));
    assert!(!found.is_empty() && found.iter().all(|(code, ..)| *code == Code::UndeclaredFlow), "{found:#?}");
    assert!(found[0].1.starts_with("`work` may call `a disposable of a-dvm`"), "{found:#?}");
}

#[test]
fn a_policy_that_cannot_be_read_and_one_that_is_masked_are_found() {
    let message = "`/run/qubes/policy.d/32-halite.policy` is read instead of the bundle's";
    let masking = format!("{RUNTIME_DIRECTORY}/32-halite.policy");
    assert_eq!(found(&[(&masking, "")], ""), [(Code::PolicyMasked, message.to_owned(), None)]);
    let lines = "nonsense\n".repeat(12);
    let found = found(&[(&file("50-mine.policy"), &lines)], "");
    assert!(found.iter().all(|(code, ..)| *code == Code::PolicyVoid) && found.len() == 11, "{found:#?}");
    let is_said = |text: &str| found.iter().any(|(_, message, _)| message.starts_with(text));
    assert!(is_said("dom0 cannot read 50-mine.policy:1:9: too few fields"), "{found:#?}");
    assert!(is_said("dom0 cannot read 2 more lines or files"), "{found:#?}");
}
