//! The same recipe gives the same bundle: wherever, whenever, and by whomever it is built.

#![allow(clippy::disallowed_methods, reason = "a test changes everything about the files that must not matter")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, SystemTime};

use support::bundle::{assembled, contents, member};
use support::{RECIPE, Sandbox};

/// The four modes.
const MODES: &str = include_str!("support/modes.toml");

/// Builds `recipe` as `command` says, and gives the id and the bytes.
#[track_caller]
fn built(sandbox: &Sandbox, command: support::Run<'_>, store: &str) -> (String, Vec<u8>) {
    let id = command.succeeds().stdout.trim().to_owned();
    let bytes = sandbox.read(&format!("{store}/{id}.halite"));
    (id, bytes)
}

/// The bundle of `recipe`, built in the plainest way.
fn plain(recipe: &str) -> (String, Vec<u8>) {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", recipe);
    built(&sandbox, sandbox.halite("build recipe"), "store")
}

#[test]
fn neither_place_nor_user_nor_time_matters() {
    for recipe in [RECIPE, MODES] {
        let expected = plain(recipe);
        let sandbox = Sandbox::new();
        let halite = env!("CARGO_BIN_EXE_halite");

        // Another directory, reached in other ways, with other permissions and times.
        let file = sandbox.write("some where/else/halite.toml", recipe);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
        fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        // Files that the recipe does not name, in whatever order, are no part of it.
        for other in ["a", "z", "author.key", ".hidden", "halite.toml~"] {
            sandbox.write(&format!("some where/else/{other}"), other);
        }
        // Nor are the names that the recipe's handles stand for.
        let handle = if recipe == RECIPE { "quiet" } else { "mode1" };
        sandbox.write("some where/else/labels.toml", format!("[identities]\n{handle} = \"Ada Example\"\n"));
        let folder = sandbox.path("some where/else");
        for (what, folder, store) in [
            ("absolute", folder.clone(), "store-absolute"),
            ("relative", "some where/else".into(), "store-relative"),
            ("roundabout", "./some where/../some where//else/".into(), "store-roundabout"),
        ] {
            let command = sandbox.halite("build --store").argument(store).argument(&folder);
            assert_eq!(built(&sandbox, command, store), expected, "{what}");
        }
        let command = sandbox.halite("build --store here").within("some where/else");
        assert_eq!(built(&sandbox, command, "some where/else/here"), expected, "from inside");

        // Another environment.
        for (n, (variable, value)) in [
            ("TZ", "Pacific/Apia"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "de_DE.ISO-8859-1"),
            ("LC_ALL", "C"),
            ("USER", "somebody"),
            ("HOME", "/nonexistent"),
            ("HOSTNAME", "elsewhere"),
            ("SOURCE_DATE_EPOCH", "1234567890"),
            ("NO_COLOR", ""),
            ("CLICOLOR_FORCE", "1"),
            ("COLUMNS", "20"),
            ("ZSTD_CLEVEL", "19"),
            ("ZSTD_NBTHREADS", "2"),
            ("RUST_LOG", "trace"),
            ("RAYON_NUM_THREADS", "7"),
        ]
        .into_iter()
        .enumerate()
        {
            let store = format!("store-environment-{n}");
            let command = sandbox.halite("build --store").argument(&store).argument(&folder).env(variable, value);
            assert_eq!(built(&sandbox, command, &store), expected, "{variable}={value}");
        }
        let bare = sandbox.run("env", "-i").argument(halite).argument("build").argument(&folder);
        assert_eq!(built(&sandbox, bare, "store"), expected, "no environment at all");

        // Another umask: neither the bundle nor the permissions of its file change.
        for umask in ["000", "022", "027", "077"] {
            let script = format!("umask {umask}; exec '{halite}' build --store store-{umask} 'some where/else'");
            assert_eq!(built(&sandbox, sandbox.bash(&script), &format!("store-{umask}")), expected, "umask {umask}");
            let path = sandbox.path(&format!("store-{umask}/{}.halite", expected.0));
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o7777, 0o644, "umask {umask}");
        }

        // Twice in the same store: found, and not written again.
        let path = sandbox.path(&format!("store-022/{}.halite", expected.0));
        let before = fs::metadata(&path).unwrap();
        let again = sandbox.halite("build --store store-022").argument(&folder).succeeds();
        assert!(again.stderr.starts_with("already built "), "{}", again.stderr);
        assert_eq!(fs::metadata(&path).unwrap().ino(), before.ino());
    }
}

#[test]
fn another_user_builds_the_same() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only root can become somebody else; a user who runs this is another user than root by themselves.
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE);
    sandbox.copy_halite();
    fs::create_dir(sandbox.path("store")).unwrap();
    fs::set_permissions(sandbox.path("store"), fs::Permissions::from_mode(0o777)).unwrap();
    let command = sandbox.run("./halite", "build recipe").user(65_534);
    assert_eq!(built(&sandbox, command, "store"), plain(RECIPE));
    let owner = fs::read_dir(sandbox.path("store")).unwrap().next().unwrap().unwrap().metadata().unwrap().uid();
    assert_eq!(owner, 65_534, "it was another user");
}

#[test]
fn a_recipe_that_is_not_the_same_gives_another_id() {
    let (id, _) = plain(RECIPE);
    for (what, recipe) in [
        ("a comment", RECIPE.replace("# A sample", "# An example")),
        ("a line feed", format!("{RECIPE}\n")),
        ("the serial", RECIPE.replace("serial = 1", "serial = 2")),
        ("the summary", RECIPE.replace("one in clear\"", "the other in clear\"")),
        ("a package", RECIPE.replace("\"onionshare\"", "\"onionshare\", \"zulucrypt\"")),
        ("a label", RECIPE.replace("disposables = \"quiet-dvm\"", "disposables = \"quiet-dvm\"\nlabel = \"green\"")),
    ] {
        assert_ne!(recipe, RECIPE, "{what}");
        assert_ne!(plain(&recipe).0, id, "{what}");
    }
}

#[test]
fn the_id_is_the_hash_of_the_manifest() {
    let (id, bytes) = plain(RECIPE);
    assert_eq!(blake3::hash(&member(&bytes, "manifest.cbor")).to_hex().as_str(), id);
}

#[test]
fn each_release_has_a_bundle_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", MODES);
    let (old, _) = built(&sandbox, sandbox.halite("build recipe --release r4.2"), "store");
    let (new, _) = built(&sandbox, sandbox.halite("build recipe --release r4.3"), "store");
    assert_ne!(old, new);
    assert_eq!(new, plain(MODES).0, "r4.3 is the default");
}

/// The same files compressed in another way: by other levels, and by the version of zstd that the machine has.
#[test]
fn another_compressor_gives_the_same_id() {
    let sandbox = Sandbox::with_bundle();
    let good = sandbox.read("bundle.halite");
    let payload = member(&good, "payload.tar.zst");
    let tar = zstd::decode_all(&payload[..]).unwrap();
    let id = sandbox.halite("verify ./bundle.halite --key author.pub --json").succeeds().json()["id"].clone();
    for level in [1, 9, 19] {
        let mut encoder = zstd::Encoder::new(Vec::new(), level).unwrap();
        encoder.include_checksum(level == 9).unwrap();
        std::io::copy(&mut &tar[..], &mut encoder).unwrap();
        let other = encoder.finish().unwrap();
        assert_ne!(other, payload, "level {level}");
        check_recompressed(&sandbox, &good, &other, &id);
    }
}

/// Puts `payload` in the place of the bundle's own, and signs that.
#[track_caller]
pub fn check_recompressed(sandbox: &Sandbox, good: &[u8], payload: &[u8], id: &serde_json::Value) {
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let mut members = contents(good);
    members.retain(|(name, _)| !name.starts_with("signatures/"));
    let statement = String::from_utf8(members[0].1.clone()).unwrap();
    members[0].1 = statement.replace(&hash(&members[2].1), &hash(payload)).into_bytes();
    members[2].1 = payload.to_vec();
    sandbox.write("other.halite", assembled(&members));
    sandbox.halite("verify ./other.halite --key author.pub").exits(4);
    sandbox.halite("sign ./other.halite --key author.key").succeeds();
    let verified = sandbox.halite("verify ./other.halite --contents --key author.pub --json").succeeds().json();
    assert_eq!(verified["id"], *id);
    assert_eq!(verified["contents_checked"], true);
    // A store that holds this one takes the recipe for built.
    sandbox.bash(&format!("mkdir -p store; cp other.halite store/{}.halite", id.as_str().unwrap())).succeeds();
    let again = sandbox.halite("build recipe").succeeds();
    assert_eq!(again.stdout.trim(), id.as_str().unwrap());
    assert!(again.stderr.starts_with("already built"), "{}", again.stderr);
}
