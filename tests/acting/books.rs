//! Generations, history, gc, pins: what is kept, what is told of it, and what goes.

use insta::assert_snapshot;

use crate::dom0::Dom0;
use crate::support::without_ids;

/// With times as `[TIME]`, and short ids as `[SHORT]`.
fn without_times(text: &str) -> String {
    let word = |word: &str| {
        let time = word.len() == 20 && word.starts_with("20") && word.ends_with('Z');
        let inside = word.trim_start_matches('(').trim_end_matches([')', ',', '\n', ':']);
        let short = inside.len() == 12 && inside.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (time, short) {
            (true, _) => "[TIME]".to_owned(),
            (_, true) => word.replace(inside, "[SHORT]"),
            _ => word.to_owned(),
        }
    };
    let lines: Vec<String> =
        without_ids(text).split('\n').map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n")
}

#[test]
fn what_is_kept_and_what_goes() {
    let dom0 = Dom0::new();
    let transcript = |arguments: &str| without_times(&dom0.run(arguments).transcript());
    assert_snapshot!(transcript("history"), @r"
    ! nothing was done yet
    exit code 0
    ");
    assert_snapshot!(transcript("generations"), @r"
    | * 0  dom0 as it was before halite
    exit code 0
    ");
    assert_snapshot!(transcript("gc"), @r"
    ! removed: 0 generations, 0 bundles
    exit code 0
    ");
    dom0.run("switch sample@1").succeeds();
    dom0.run("confirm").succeeds();
    dom0.run("switch sample@2 --accept-dangers").succeeds();
    dom0.run("rollback --accept-dangers").succeeds();
    dom0.run("switch sample@2 --accept-dangers").succeeds();
    assert_snapshot!(transcript("pin 2"), @r"
    | generation 2 is pinned
    exit code 0
    ");
    assert_snapshot!(transcript("pin 2"), @r"
    | generation 2 is pinned already
    exit code 0
    ");
    assert_snapshot!(transcript("pin 7"), @r"
    ! error: there is no generation 7
    ! hint: `halite-dom0 generations --all` shows those that there are
    exit code 1
    ");
    assert_snapshot!(transcript("pin 0"), @r"
    ! error: generation 0 is dom0 as it was before halite
    ! hint: it is always kept
    exit code 2
    ");
    assert_snapshot!(transcript("generations"), @r"
    |   0  dom0 as it was before halite
    |   1  [TIME]  sample@1 ([SHORT])  confirmed
    |   2  [TIME]  sample@2 ([SHORT])  pinned
    | * 3  [TIME]  sample@2 ([SHORT])
    exit code 0
    ");
    let all = dom0.run("generations --json").succeeds().json();
    assert_eq!((&all["in_place"], &all["confirmed"], &all["further"]), (&3.into(), &1.into(), &0.into()));
    assert_eq!(all["generations"][1]["pinned"], true);

    // All three are kept: confirmed, pinned, in place.
    let before = dom0.sandbox.snapshot();
    assert_snapshot!(transcript("gc --keep 0 --dry-run"), @r"
    ! would be removed: 0 generations, 0 bundles
    exit code 0
    ");
    assert!(before == dom0.sandbox.snapshot());
    assert_snapshot!(transcript("unpin 2"), @r"
    | generation 2 is not pinned any more
    exit code 0
    ");
    assert_snapshot!(transcript("unpin 2"), @r"
    | generation 2 is not pinned
    exit code 0
    ");
    dom0.run("gc --older-than 1h").succeeds();
    let before = dom0.sandbox.snapshot();
    assert_snapshot!(transcript("gc --keep 0 --dry-run"), @r"
    | generation 2  sample@2 ([SHORT])
    ! would be removed: 1 generation, 0 bundles
    exit code 3
    ");
    assert!(before == dom0.sandbox.snapshot());
    assert_snapshot!(transcript("gc --keep 0"), @r"
    | generation 2  sample@2 ([SHORT])
    ! removed: 1 generation, 0 bundles
    exit code 0
    ");
    assert_snapshot!(transcript("rollback 2"), @r"
    ! error: there is no generation 2
    ! hint: `halite-dom0 generations` shows those that there are
    exit code 1
    ");
    dom0.run("rollback 1 --accept-dangers").succeeds();
    dom0.run("rollback 3 --accept-dangers").succeeds();

    // Without the confirmed one, its bundle goes, too.
    dom0.run("confirm").succeeds();
    assert_eq!(dom0.run("gc --keep 0 --json").succeeds().json()["generations"], serde_json::json!([1]));
    assert_eq!(dom0.run("list --json").succeeds().json()["bundles"].as_array().unwrap().len(), 1);
    assert_snapshot!(transcript("history"), @r"
    | [TIME]  switch to sample@1 ([SHORT]), generation 1: done
    | [TIME]  confirm generation 1: done
    | [TIME]  switch to sample@2 ([SHORT]), generation 2: done
    | [TIME]  rollback to generation 1: done
    | [TIME]  switch to sample@2 ([SHORT]), generation 3: done
    | [TIME]  gc (generations: 1, bundles: 0): done
    | [TIME]  rollback to generation 1: done
    | [TIME]  rollback to generation 3: done
    | [TIME]  confirm generation 3: done
    | [TIME]  gc (generations: 1, bundles: 1): done
    exit code 0
    ");
    let deeds = dom0.run("history --json").succeeds().json();
    assert_eq!(deeds["history"][0]["deed"]["switch"]["generation"], 1);
    dom0.run("status").succeeds();
}

#[test]
fn a_bundle_that_was_only_imported_is_kept_unless_asked() {
    let dom0 = Dom0::switched();
    dom0.run("gc --keep 0").succeeds();
    let count = || dom0.run("list --json").succeeds().json()["bundles"].as_array().unwrap().len();
    assert_eq!(count(), 2);
    dom0.run("gc --keep 0 --unused").succeeds();
    assert_eq!(count(), 1);
    std::fs::remove_dir_all(dom0.sandbox.path("dom0/root/var/lib/halite/store")).unwrap();
    assert!(dom0.run("generations").succeeds().stdout.ends_with("  BUNDLE IS GONE\n"));
    dom0.run("status").succeeds();
}

#[test]
fn of_many_generations_the_latest_are_shown_and_those_that_are_kept() {
    let dom0 = Dom0::switched();
    dom0.run("pin 1").succeeds();
    for _ in 0..11 {
        dom0.run("switch sample@2 --accept-dangers").succeeds();
        dom0.run("switch sample@1 --accept-dangers --allow-older").succeeds();
    }
    let listed = dom0.run("generations").succeeds();
    let shown: Vec<&str> = listed.stdout.lines().map(|line| line[2..].split(' ').next().unwrap()).collect();
    let expected: Vec<String> = [0, 1].into_iter().chain(4..=23).map(|number| number.to_string()).collect();
    assert_eq!(shown, expected);
    assert_eq!(listed.stderr, "2 older generations are not shown; `--all` shows all\n");
    assert_eq!(dom0.run("generations --json").succeeds().json()["further"], 2);
    let all = dom0.run("generations --all").succeeds();
    assert_eq!((all.stdout.lines().count(), all.stderr.as_str()), (24, ""));
}
