//! What dom0 has besides its qubes, and new ones need: room for their volumes, kernels, labels.

use std::collections::BTreeSet;

use super::admin::nonsense;
use super::{Admin, AdminError, Call};
use crate::base::{PoolName, QubeName};
use crate::model::{Pool, Stored, Volume};

impl Admin<'_> {
    /// Where a volume is, and how large.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn stored(&mut self, qube: &QubeName, volume: Volume) -> Result<Stored, AdminError> {
        let call = Call::new("admin.vm.volume.Info", qube).argument(volume.as_str());
        let text = self.text(&call)?;
        let size = number(&text, "size").ok_or(nonsense(&call, "it gives no size"))?;
        let pool = field(&text, "pool").and_then(|pool| pool.parse().ok());
        Ok(Stored { pool, size, usage: number(&text, "usage").unwrap_or(0) })
    }

    /// A storage pool.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn pool(&mut self, pool: &PoolName) -> Result<Pool, AdminError> {
        let text = self.text(&Call::new("admin.pool.Info", &QubeName::dom0()).argument(pool.as_str()))?;
        // R4.3 has -1 for none at all, not even the one before.
        let revisions = number(&text, "revisions_to_keep").unwrap_or(0);
        Ok(Pool { size: number(&text, "size"), usage: number(&text, "usage"), revisions })
    }

    /// The pool in which volumes of new qubes are made.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn default_pool(&mut self, volume: Volume) -> Result<Option<PoolName>, AdminError> {
        let call = Call::new("admin.property.Get", &QubeName::dom0()).argument(format!("default_pool_{volume}"));
        let text = self.text(&call)?;
        let name = text.splitn(3, ' ').nth(2).ok_or(nonsense(&call, "it is not `default=… type=… VALUE`"))?;
        Ok(name.parse().ok())
    }

    /// The kernels that qubes can be started with: the volumes of the pool that qubesd makes for them, whose directory it also looks
    /// into before it takes one (qubes-core-admin, `qubes/app.py`, `validate_kernel`; `qubes/storage/kernels.py`). None if there is no
    /// such pool.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn kernels(&mut self) -> Result<Option<BTreeSet<String>>, AdminError> {
        let call = Call::new("admin.pool.volume.List", &QubeName::dom0()).argument("linux-kernel");
        match self.text(&call) {
            // What qubesd says of a pool that is not there.
            Err(AdminError::Empty { .. }) => Ok(None),
            text => Ok(Some(text?.lines().map(str::to_owned).collect())),
        }
    }

    /// The labels that qubes can have.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn labels(&mut self) -> Result<BTreeSet<String>, AdminError> {
        let text = self.text(&Call::new("admin.label.List", &QubeName::dom0()))?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

/// The value in a line `NAME=VALUE`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// The number in a line `NAME=NUMBER`.
pub(super) fn number(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.parse().ok()
}
