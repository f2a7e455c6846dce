//! A cache of answers. What a service said of a place in its history never changes, so
//! an answer is cached under all that it depends on, its commit among it, and never has to be
//! taken back: what is new has a new commit.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use moka::sync::Cache;
use prost::Message;

/// What an answer takes beside its own bytes: the key, and the places of the cache.
const PLACE_BYTES: usize = 200;

/// Answers by what they depend on, the most wanted ones up to a size. Cloning costs a
/// reference count.
#[derive(Clone)]
pub struct ResponseCache<K, V>(Option<Cache<K, Arc<V>>>);

impl<K, V> ResponseCache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Message + 'static,
{
    /// Keeps up to so many megabytes; with 0 nothing is cached.
    pub fn new(megabytes: u32) -> Self {
        let bytes = u64::from(megabytes) << 20;
        let weight = |_: &K, answer: &Arc<V>| {
            u32::try_from(2 * answer.encoded_len() + PLACE_BYTES).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(bytes).weigher(weight);
        Self((bytes > 0).then(|| cache.build()))
    }

    /// The answer under this key, if it is cached.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.as_ref()?.get(key)
    }

    /// Keeps an answer.
    pub fn keep(&self, key: K, answer: &Arc<V>) {
        if let Some(cache) = &self.0 {
            cache.insert(key, Arc::clone(answer));
        }
    }
}

impl<K, V> fmt::Debug for ResponseCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_cached_up_to_a_size() {
        let answers = ResponseCache::<u32, Vec<u8>>::new(1);
        let answer = Arc::new(vec![0; 10_000]);
        for key in 0..1000 {
            answers.keep(key, &answer);
        }
        let cache = answers.0.as_ref().unwrap();
        cache.run_pending_tasks();
        assert!(cache.weighted_size() <= 1 << 20);
        assert!(cache.entry_count() > 10);
    }

    #[test]
    fn nothing_is_cached_without_room() {
        let answers = ResponseCache::<u32, Vec<u8>>::new(0);
        answers.keep(1, &Arc::new(vec![1]));
        assert!(answers.get(&1).is_none());
    }
}
