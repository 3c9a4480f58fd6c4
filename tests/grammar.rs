//! Bundles that a trusted author signed, and that hold other Salt, lists or files than their desired state asks for. dom0 refuses each:
//! what runs as root in templates follows from the desired state alone.

#![allow(clippy::disallowed_methods, reason = "a test makes the files it damages")]

mod support;

use std::collections::BTreeMap;
use std::io::Read;

use halite::base::{BundlePath, Digest, FileMode};
use halite::bundle::{File, Manifest};
use support::bundle::{assembled, contents, member};
use support::{Sandbox, without_ids};

type Files = BTreeMap<BundlePath, Vec<u8>>;
type Edit = Box<dyn FnOnce(&mut Manifest, &mut Files)>;

/// The sample recipe's bundle with its manifest and files edited, and the author's signature of that.
fn forged(sandbox: &Sandbox, edit: impl FnOnce(&mut Manifest, &mut Files)) -> Vec<u8> {
    let good = sandbox.read("bundle.halite");
    let (manifest, payload) = (member(&good, "manifest.cbor"), member(&good, "payload.tar.zst"));
    let mut edited = Manifest::parse(&manifest).unwrap();
    let mut files = Files::new();
    for entry in tar::Archive::new(&zstd::decode_all(&payload[..]).unwrap()[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().parse().unwrap();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        files.insert(path, contents);
    }
    edit(&mut edited, &mut files);
    let file = |contents: &Vec<u8>| File { mode: FileMode::Plain, size: contents.len() as u64, blake3: Digest::of(contents) };
    edited.files = files.iter().map(|(path, contents)| (path.clone(), file(contents))).collect();
    let mut archive = tar::Builder::new(Vec::new());
    for (path, contents) in &files {
        let mut header = tar::Header::new_ustar();
        header.set_path(path.as_str()).unwrap();
        header.set_mode(0o644);
        header.set_size(contents.len() as u64);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        archive.append(&header, &contents[..]).unwrap();
    }
    let new_payload = zstd::encode_all(&archive.into_inner().unwrap()[..], 3).unwrap();
    let new_manifest = edited.to_bytes();
    let statement = String::from_utf8(member(&good, "statement")).unwrap();
    let statement = statement
        .replace(&Digest::of(&manifest).to_string(), &Digest::of(&new_manifest).to_string())
        .replace(&Digest::of(&payload).to_string(), &Digest::of(&new_payload).to_string());
    let key = minisign::SecretKeyBox::from(sandbox.text("author.key")).into_unencrypted_secret_key().unwrap();
    let signature = minisign::sign(None, &key, statement.as_bytes(), Some("forged"), None).unwrap().into_string();
    let signature = signature.replacen("signature from rsign secret key", "signature from minisign secret key", 1);
    let mut members = contents(&good);
    for (name, bytes) in &mut members {
        *bytes = match name.as_str() {
            "statement" => statement.clone().into_bytes(),
            "manifest.cbor" => new_manifest.clone(),
            "payload.tar.zst" => new_payload.clone(),
            _ => signature.clone().into_bytes(),
        };
    }
    assembled(&members)
}

#[track_caller]
fn path(files: &Files, beginning: &str) -> BundlePath {
    files.keys().find(|path| path.as_str().starts_with(beginning)).unwrap_or_else(|| panic!("no `{beginning}`")).clone()
}

#[track_caller]
fn replace(files: &mut Files, at: &str, from: &str, to: &str) {
    let path = path(files, at);
    let text = String::from_utf8(files[&path].clone()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
    files.insert(path, text.replacen(from, to, 1).into_bytes());
}

#[test]
fn what_was_not_edited_is_taken() {
    let sandbox = Sandbox::with_bundle();
    sandbox.write("same.halite", forged(&sandbox, |_, _| {}));
    sandbox.halite_dom0("--simulate dom0 trust add author.pub --role author").succeeds();
    sandbox.halite_dom0("--simulate dom0 import same.halite").succeeds();
}

#[test]
fn nothing_but_what_the_desired_state_asks_for() {
    const TEMPLATE: &str = "salt/halite/in/h-quiet-";
    const OTHER: &str = "is not what its desired state asks for";
    const STRANGE: &str = "is nothing that its desired state asks for";
    let edits: Vec<(&str, &str, Edit)> = vec![
        (
            "a command in a template's state",
            OTHER,
            Box::new(|_, files| {
                replace(files, TEMPLATE, "#!yaml\n", "#!yaml\n\"touch /etc/evil\":\n  cmd.run: []\n");
            }),
        ),
        (
            "a package more",
            OTHER,
            Box::new(|_, files| {
                replace(files, TEMPLATE, "      - \"onionshare\"\n", "      - \"onionshare\"\n      - \"evil\"\n")
            }),
        ),
        (
            "a package in the state and in the list",
            OTHER,
            Box::new(|_, files| {
                replace(files, TEMPLATE, "      - \"onionshare\"\n", "      - \"evil\"\n");
                replace(files, "packages/", "onionshare\n", "evil\n");
            }),
        ),
        ("a template engine", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "#!yaml", "#!jinja|yaml"))),
        ("no shebang, so that jinja is run", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "#!yaml\n", ""))),
        ("a python renderer", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "#!yaml\n", "#!py\n"))),
        ("a comment", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "#!yaml\n", "#!yaml\n# hello\n"))),
        ("a byte order mark", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "#!yaml", "\u{feff}#!yaml"))),
        ("line ends of another system", OTHER, Box::new(|_, files| replace(files, TEMPLATE, "\n", "\r\n"))),
        (
            "a file from elsewhere",
            OTHER,
            Box::new(|_, files| replace(files, "salt/halite/in/quiet.sls", "salt://halite", "https://example.org")),
        ),
        (
            "a file elsewhere",
            OTHER,
            Box::new(|_, files| {
                replace(files, "salt/halite/in/quiet.sls", "/usr/local/etc/sdwdate-gui.d/50_user.conf", "/etc/sudoers")
            }),
        ),
        (
            "a file for another user",
            OTHER,
            Box::new(|_, files| replace(files, "salt/halite/in/quiet.sls", "\"0644\"", "\"4755\"")),
        ),
        (
            "contents in the log",
            OTHER,
            Box::new(|_, files| replace(files, "salt/halite/in/quiet.sls", "show_changes: false", "show_changes: true")),
        ),
        (
            "other contents under the digest",
            OTHER,
            Box::new(|_, files| {
                let gui =
                    files.iter().find(|(path, text)| path.as_str().starts_with("salt/halite/files/") && text.ends_with(b"\"\n"));
                let path = gui.unwrap().0.clone();
                files.insert(path, b"gateway=\"sys-whonix\"\n".to_vec());
            }),
        ),
        (
            "contents that nothing asks for",
            STRANGE,
            Box::new(|_, files| {
                files.insert(format!("salt/halite/files/{}", Digest::of(b"evil")).parse().unwrap(), b"evil".to_vec());
            }),
        ),
        (
            "contents that are missing",
            "is missing",
            Box::new(|manifest, files| {
                let (_, _, file) = manifest.desired.files().next().unwrap();
                files.remove(&path(files, &format!("salt/halite/files/{}", file.blake3)));
            }),
        ),
        (
            "a state for dom0 with a command",
            OTHER,
            Box::new(|_, files| replace(files, "salt/halite/qubes.sls", "#!yaml\n", "#!yaml\n\"true\":\n  cmd.run: []\n")),
        ),
        (
            "a network of its own",
            OTHER,
            Box::new(|_, files| replace(files, "salt/halite/network.sls", "netvm\": \"quiet-gateway", "netvm\": \"sys-firewall")),
        ),
        ("a top file for dom0", OTHER, Box::new(|_, files| replace(files, "salt/halite.top", "halite.qubes", "evil"))),
        (
            "a module for Salt",
            STRANGE,
            Box::new(|_, files| drop(files.insert("salt/_modules/evil.py".parse().unwrap(), b"".to_vec()))),
        ),
        (
            "a state for a qube without work",
            STRANGE,
            Box::new(|_, files| drop(files.insert("salt/halite/in/loud.sls".parse().unwrap(), b"#!yaml\n".to_vec()))),
        ),
        ("a state that is missing", "is missing", Box::new(|_, files| drop(files.remove(&path(files, TEMPLATE))))),
        (
            "a package list for nothing",
            STRANGE,
            Box::new(|_, files| drop(files.insert("packages/other.list".parse().unwrap(), b"".to_vec()))),
        ),
        ("a package list that is missing", "is missing", Box::new(|_, files| drop(files.remove(&path(files, "packages/"))))),
        (
            "a second policy",
            STRANGE,
            Box::new(|_, files| drop(files.insert("policy/30-user.policy".parse().unwrap(), b"* * * * allow\n".to_vec()))),
        ),
        ("a program", STRANGE, Box::new(|_, files| drop(files.insert("bin/run".parse().unwrap(), b"#!/bin/sh\n".to_vec())))),
        // The state stays as it was: what the manifest wants more is nowhere.
        (
            "a desired file without contents",
            "is missing",
            Box::new(|manifest, _| {
                let file = *manifest.desired.files().next().unwrap().2;
                let file = halite::model::StagedFile { blake3: Digest::of(b"evil"), ..file };
                let qube = manifest.desired.qubes.values_mut().next().unwrap();
                qube.files.insert("/rw/evil".parse().unwrap(), file);
            }),
        ),
    ];
    let sandbox = Sandbox::with_bundle();
    sandbox.halite_dom0("--simulate dom0 trust add author.pub --role author").succeeds();
    // The good one has its place already, so that nothing is left to be made.
    sandbox.halite_dom0("--simulate dom0 import bundle.halite").succeeds();
    let mut wrong = Vec::new();
    for (attack, how, edit) in edits {
        sandbox.write("attack.halite", forged(&sandbox, edit));
        let before = sandbox.snapshot();
        let import = sandbox.halite_dom0("--simulate dom0 import attack.halite").end();
        let said = without_ids(import.stderr.lines().next().unwrap_or_default());
        let expected = "error: `attack.halite` is not imported: its manifest.cbor is malformed: its file `";
        // A desired state that wants more than there is also makes the states that are there others.
        let fits = said.ends_with(how) || (how == "is missing" && said.ends_with(OTHER) && attack.starts_with("a desired"));
        if import.code != 1 || !said.starts_with(expected) || !fits {
            wrong.push(format!("{attack}: {}", import.transcript()));
        }
        sandbox.halite("verify ./attack.halite --key author.pub").exits(1);
        assert!(before == sandbox.snapshot(), "{attack}: something was written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
