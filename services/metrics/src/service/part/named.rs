use std::collections::BTreeMap;
use std::sync::Arc;

use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::Room;

use crate::convert::release as release_out;
use crate::release::Release;

/// Bytes of an entry of a map of releases beside the release: its name, tags and lengths.
const ENTRY: usize = 90;

/// The releases that the claims of an answer name, as far as there is room.
#[derive(Default)]
pub(in crate::service) struct Named(BTreeMap<String, pb::Release>);

impl Named {
    /// Takes room for `bytes`, and for the release that they name, if there is.
    pub(in crate::service) fn take(
        &mut self,
        room: &mut Room,
        bytes: usize,
        release: Option<&Arc<Release>>,
    ) -> bool {
        let new = release.filter(|release| !self.0.contains_key(&release.id));
        let Some(release) = new else {
            return room.take(bytes);
        };
        let written = release_out::write(release);
        let fits = room.take(bytes + ENTRY + written.encoded_len());
        if fits {
            self.0.insert(release.id.clone(), written);
        }
        fits
    }

    /// Takes room for `bytes`, and for the releases that they name, if there is.
    pub(in crate::service) fn join(
        &mut self,
        room: &mut Room,
        bytes: usize,
        mut others: Self,
    ) -> bool {
        others.0.retain(|id, _| !self.0.contains_key(id));
        let releases = others.0.values();
        let more: usize = releases.map(|release| ENTRY + release.encoded_len()).sum();
        let fits = room.take(bytes + more);
        if fits {
            self.0.append(&mut others.0);
        }
        fits
    }

    /// The releases by name.
    pub(in crate::service) fn finish(self) -> BTreeMap<String, pb::Release> {
        let named = self.0.into_values();
        named
            .map(|release| (release.name.clone(), release))
            .collect()
    }
}
