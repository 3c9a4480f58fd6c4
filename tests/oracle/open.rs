//! What the oracle sees and the checks are not held to yet. Each of these is to become `true` with the change that closes it, and to go.

/// A rule may name a qube, or a tag of qubes, that dom0 has besides, and that no flow speaks of.
pub const RULES_NAME_STRANGERS: bool = false;

/// Disposable templates may run, so that `autostart=no` keeps nobody from them.
pub const DISPOSABLE_TEMPLATES_RUN: bool = false;

/// The gateway that an identity is said to have in dom0 may be a qube of the bundle, and another identity's.
pub const GATEWAYS_HAVE_ONE_OWNER: bool = false;

/// A flow from one identity to another declares no more than it says: not, for files, that a chain gives control; not, where the user is
/// asked, that a chain asks nobody.
pub const CHAINS_ARE_NO_MORE_THAN_FLOWS: bool = false;

/// A flow of network declares no way around a gateway.
pub const FLOWS_ARE_NO_WAY_AROUND: bool = false;
