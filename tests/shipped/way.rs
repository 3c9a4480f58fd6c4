//! Each recipe, the whole way: signed, verified, imported, planned, switched to, and back to where dom0 was before halite.

use serde_json::Value;

use crate::support::{Run, Sandbox, shipped};
use crate::{name, source};

#[test]
fn each_is_switched_to_and_back_on_each_release() {
    let sandbox = Sandbox::new();
    sandbox.halite("keygen --no-passphrase author").succeeds();
    for folder in shipped() {
        let name = name(&folder);
        let recipe = source(name).recipe;
        assert_eq!(recipe.name.as_str(), name, "the bundle is called as the folder");
        for release in recipe.releases {
            let dom0 = |arguments: &str| -> Run<'_> {
                sandbox.halite_dom0(&format!("--simulate {name}-{release} --simulate-release {release} {arguments}"))
            };
            let built = sandbox.halite(&format!("build --sign author.key --release {release}")).argument(&folder).succeeds();
            let bundle = format!("store/{}.halite", built.stdout.trim_end());
            dom0("trust add author.pub --role author").succeeds();
            dom0(&format!("verify {bundle}")).succeeds();
            dom0(&format!("import {bundle}")).succeeds();
            let before = sandbox.text(&format!("{name}-{release}/qubesd.json"));

            dom0(&format!("plan {name}@1")).exits(3);
            assert_eq!(
                sandbox.text(&format!("{name}-{release}/qubesd.json")),
                before,
                "{name} {release}: a plan changes nothing"
            );
            dom0(&format!("switch {name}@1")).succeeds();
            let status = dom0("status --json").succeeds().json();
            assert_eq!((&status["generation"], &status["drift"]), (&1.into(), &Value::Array(vec![])), "{name} {release}");
            let manifest = sandbox.halite("show --json").argument(&bundle).succeeds().json()["manifest"]["desired"].take();
            let system: Value = serde_json::from_str(&sandbox.text(&format!("{name}-{release}/qubesd.json"))).unwrap();
            let system = system.to_string();
            for qube in manifest["qubes"].as_object().unwrap().keys().chain(manifest["templates"].as_object().unwrap().keys()) {
                assert!(system.contains(&format!("\"{qube}\"")), "{name} {release}: {qube} is there");
            }
            dom0(&format!("plan {name}@1")).succeeds();

            let policy = sandbox.path(&format!("{name}-{release}/root/etc/qubes/policy.d/32-halite.policy"));
            assert!(policy.exists(), "{name} {release}");
            // What keeps the identities apart goes, too, which must be said.
            let refused = dom0("rollback 0").exits(1);
            assert!(refused.stderr.contains("the policy that keeps identities apart is taken away"), "{}", refused.stderr);
            dom0("rollback 0 --accept-dangers").succeeds();
            let after = dom0("status --json").succeeds().json();
            assert_eq!((&after["generation"], &after["drift"]), (&0.into(), &Value::Array(vec![])), "{name} {release}");
            assert!(!policy.exists(), "{name} {release}");
            dom0(&format!("switch {name}@1")).succeeds();
            assert_eq!(dom0("status --json").succeeds().json()["state"], status["state"], "{name} {release}");
        }
    }
}
