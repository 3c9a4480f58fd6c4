//! One verb a file.

#[cfg(feature = "build")]
mod build;
#[cfg(feature = "build")]
mod check;
#[cfg(feature = "build")]
mod keygen;
#[cfg(feature = "build")]
mod passphrase;
#[cfg(feature = "build")]
mod recipe;
mod show;
#[cfg(feature = "build")]
mod sign;
mod target;
mod verify;

#[cfg(feature = "build")]
pub use build::Build;
#[cfg(feature = "build")]
pub use check::Check;
#[cfg(feature = "build")]
pub use keygen::Keygen;
#[cfg(feature = "build")]
pub use show::Show;
#[cfg(feature = "build")]
pub use sign::Sign;
#[cfg(feature = "build")]
pub use verify::Verify;
