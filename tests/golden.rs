//! Bundles that were written once and must be read for ever, and the bytes that `docs/format.md` shows.
//!
//! `tests/golden/vN/` holds a bundle of each version of the format, its recipe, and the key that verifies it. They are never changed; a
//! new version gets a folder of its own.

#![allow(clippy::disallowed_methods, reason = "a test reads files")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use halite::bundle::{Bundle, Manifest};
use halite::compile;
use halite::model::{Desired, Release};
use halite::recipe;
use halite::trust::{Anchors, PublicKey, Role, Verified, verify};

const ID: &str = "e01cac7b962116258ab469343a45bac6df41b94a335243d74b3808b217e07edb";
/// Of the same version of the format: with Salt, and files.
const WITH_FILES: &str = "291c9a3bafbf2c34a6852cb6f49147c1dc13ec0d33253143951545827d812d72";

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(file)
}

fn verified() -> Verified<File> {
    verified_as("golden", ID)
}

fn verified_as(name: &str, id: &str) -> Verified<File> {
    let mut anchors = Anchors::default();
    let key = fs::read_to_string(golden(&format!("{name}.pub"))).unwrap();
    anchors.add(Role::Author, PublicKey::parse(&key).unwrap()).unwrap();
    let file = File::open(golden(&format!("{name}.halite"))).unwrap();
    verify(file, &anchors, Some(id.parse().unwrap())).unwrap()
}

#[test]
fn the_golden_bundle_verifies_for_ever() {
    let mut verified = verified();
    let bundle: &mut Bundle<File> = verified.bundle_mut();
    assert_eq!(bundle.statement().to_string().lines().nth(1), Some("name golden"));
    let contents = bundle.contents(|_| true).unwrap();
    assert_eq!(contents.len(), 3);
    let recipe = fs::read(golden("recipe/halite.toml")).unwrap();
    assert_eq!(contents[&"recipe/halite.toml".parse().unwrap()], recipe);
}

#[test]
fn the_golden_bundle_with_files_verifies_for_ever() {
    let mut verified = verified_as("golden-with-files", WITH_FILES);
    let contents = verified.bundle_mut().contents(|_| true).unwrap();
    let staged: Vec<_> = verified.bundle().manifest().desired.files().map(|(_, path, _)| path.to_string()).collect();
    let [bridges, gui] = ["/usr/local/etc/torrc.d/50_user.conf", "/usr/local/etc/sdwdate-gui.d/50_user.conf"];
    assert_eq!(staged, ["/etc/one.conf", "/home/user/.config/plain", "/rw/config/rc.local", gui, bridges]);
    for (packed, own) in [
        ("recipe/halite.toml", "halite.toml"),
        ("recipe/templates.toml", "templates.toml"),
        ("recipe/files/rc.local", "files/rc.local"),
    ] {
        let recipe = fs::read(golden("recipe-with-files").join(own)).unwrap();
        assert_eq!(contents[&packed.parse().unwrap()], recipe, "{packed}");
    }
    let source = recipe::load(&golden("recipe-with-files")).unwrap();
    let desired = without_updates(compile::desired(&source, Release::R4_3).desired);
    assert_eq!(desired, verified.bundle().manifest().desired);
}

#[test]
fn the_golden_recipe_still_means_the_same() {
    let source = recipe::load(&golden("recipe")).unwrap();
    let mut desired = without_updates(compile::desired(&source, Release::R4_3).desired);
    // It was built before bundles put files into qubes.
    desired.qubes.values_mut().for_each(|qube| qube.files.clear());
    assert_eq!(desired, verified().bundle().manifest().desired);
}

/// Both were built before bundles said which gateway templates are updated through.
fn without_updates(mut desired: Desired) -> Desired {
    desired.update_gateway = None;
    desired.templates.values_mut().for_each(|template| template.tags.clear());
    desired
}

/// Whoever changes what is compiled changes ids that people compare. This test says so; the changelog must, too.
#[test]
fn ids_of_the_shipped_recipes() {
    let mut others = String::new();
    for (recipe, release, pinned) in [
        ("tests/golden/v1/recipe", Release::R4_3, "957e06579a238ce6c2b76f72db8ad735040c827431640d37562db6f6db4bffca"),
        ("tests/golden/v1/recipe-with-files", Release::R4_3, "81dcf896b4de050a1679a5e6a3b1208d51414d2a7600f1b0c53ef39bdf1e47bf"),
        ("recipes/anonymity-modes", Release::R4_2, "7dba214571a35461613b0db50bfa40cc7f7a63a368a14265883731658f491cad"),
        ("recipes/anonymity-modes", Release::R4_3, "13b68a1a38af3451c23319abc678c3bf20ed7cab64f047142c9b09759be71cd4"),
        ("recipes/journalist", Release::R4_2, "de3c5a5625527ccf3b265ee72401219fce6e30f16ee287808b32e81326bba168"),
        ("recipes/journalist", Release::R4_3, "201d1a5779efc966d42e9fbd27ec9675e7e929186afe99d7285d2fa2b67fcbeb"),
        ("recipes/vpn-chains", Release::R4_2, "a7205bd2fed59aa81bf84e862258851b9109312d8083d24ec92d63c593d35a0c"),
        ("recipes/vpn-chains", Release::R4_3, "0dc134680a818a32791931d7eb65efbed24862887ad602d4ce1b292091dae629"),
        ("recipes/physical-gateway", Release::R4_2, "9b30110cb1a9daa1f9af6617edec00e50333a5fabada4eef8b02fc8431a239a9"),
        ("recipes/physical-gateway", Release::R4_3, "020e626dd5613e472a2dfe00a8cec451883f63d660a744e0cdb769544779b1af"),
    ] {
        let source = recipe::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(recipe)).unwrap();
        let compiled = compile::desired(&source, release);
        let sealed = compile::compile(&source, release, compiled).seal().unwrap();
        let id = sealed.id().to_string();
        if id != pinned {
            others += &format!("{recipe} for {release}: {id}\n");
        }
    }
    assert!(others.is_empty(), "other ids than before:\n{others}");
}

#[test]
fn the_manifest_is_the_one_canonical_encoding() {
    let manifest = verified().bundle().manifest().clone();
    assert_eq!(manifest.id().to_string(), ID);
    assert_eq!(Manifest::parse(&manifest.to_bytes()).unwrap(), manifest);
}

#[test]
fn the_specification_shows_the_golden_bytes() {
    let specification = include_str!("../docs/format.md");
    let bundle = fs::read(golden("golden.halite")).unwrap();
    let mut lines = 0;
    for block in specification.split("```hex\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            let (offset, rest) = line.split_once(' ').unwrap();
            let offset = usize::from_str_radix(offset, 16).unwrap();
            let (hex, _) = rest.split_once("  ").unwrap();
            let shown: Vec<u8> = hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
            assert_eq!(shown, bundle[offset..offset + shown.len()], "docs/format.md, offset {offset:04x}");
            lines += 1;
        }
    }
    assert!(lines >= 10, "the specification shows bytes");
    let statement = verified().bundle().statement().to_string();
    assert!(specification.contains(&statement), "docs/format.md shows the golden statement");
}
