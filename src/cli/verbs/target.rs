//! A bundle on the command line: a file, or one of a store.

use std::fs::File;
use std::path::PathBuf;

use crate::base::BundleId;
#[cfg(feature = "build")]
use crate::bundle::{BadBundle, Bundle, Container, Vouched};
use crate::cli::Failure;
use crate::disk;
use crate::store::{EXTENSION, Selector, Store, StoreError};

/// A bundle's file.
pub struct Located {
    /// Where it is.
    pub path: PathBuf,
    /// The id that it must have, if it was found under it.
    pub id: Option<BundleId>,
}

/// The file that `bundle` means: a path if it looks like one, else the beginning of an id or NAME@SERIAL in `store`. `failed` says what to
/// do where there is none.
pub fn locate(bundle: &str, store: &Store, failed: fn(StoreError) -> Failure) -> Result<Located, Failure> {
    let path = PathBuf::from(bundle);
    if bundle.contains('/') || path.extension().is_some_and(|extension| extension == EXTENSION) || path.is_file() {
        return Ok(Located { path, id: None });
    }
    let selector: Selector = bundle.parse().map_err(|error| {
        Failure::usage(format!("`{bundle}` is no bundle: {error}"))
            .hint("a file is given with a `/` in its path, or the ending `.halite`")
    })?;
    let id = store.find(&selector).map_err(failed)?;
    Ok(Located { path: store.path_of(id), id: Some(id) })
}

/// Whether what is named is a bundle, where it may be a recipe's folder, too: what looks like a path and is not there is missed as a recipe.
#[cfg(feature = "build")]
pub fn is_bundle(what: &std::path::Path) -> bool {
    let text = what.to_string_lossy();
    what.is_file() || (!what.is_dir() && text.parse::<Selector>().is_ok() && text.contains('@'))
}

/// Opens a bundle's file.
pub fn open(path: &std::path::Path) -> Result<File, Failure> {
    Ok(disk::open(path)?)
}

/// Opens a bundle of the user's own, whoever signed it or not.
#[cfg(feature = "build")]
pub fn look_into(path: &std::path::Path) -> Result<Bundle<File>, Failure> {
    let mut container = Container::open(open(path)?).map_err(BadBundle::from)?;
    let statement = container.untrusted_statement().map_err(BadBundle::from)?;
    Ok(Bundle::open(container, Vouched::by_the_user(statement))?)
}
