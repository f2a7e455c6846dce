//! Reads that wait for the database together are one read.
//!
//! Under load many calls ask for the same kind of thing at the same moment. The first one
//! asks; those that come while it waits for its turn are answered by the same statement.
//! An answer comes from a read that began after its call did, so that nothing which was
//! committed before the call is missing from it.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rpc::Result;
use tokio::sync::{Semaphore, oneshot};

/// Groups calls by the read that answers them. Cloning costs two reference counts.
#[derive(Debug)]
pub struct GroupRead<K, V> {
    next: Arc<Mutex<Group<K, V>>>,
    turns: Arc<Semaphore>,
}

/// Calls that wait for a read that has not begun.
#[derive(Debug)]
struct Group<K, V> {
    /// One of them, not among the others, will read for all.
    is_led: bool,
    others: Vec<(K, oneshot::Sender<Result<Option<V>>>)>,
}

impl<K, V> Clone for GroupRead<K, V> {
    fn clone(&self) -> Self {
        Self {
            next: Arc::clone(&self.next),
            turns: Arc::clone(&self.turns),
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> GroupRead<K, V> {
    /// Groups of which so many may read at the same time.
    pub fn new(at_once: usize) -> Self {
        let group = Group {
            is_led: false,
            others: Vec::new(),
        };
        Self {
            next: Arc::new(Mutex::new(group)),
            turns: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// What `read` finds for `key`; it is given all keys of a group, each once. A call that
    /// is given up does not disturb the others: one of them takes over.
    pub async fn get<F, R>(&self, key: K, read: F) -> Result<Option<V>>
    where
        F: Fn(Vec<K>) -> R,
        R: Future<Output = Result<HashMap<K, V>>>,
    {
        loop {
            match self.join(&key) {
                Place::Leader(lead) => return self.lead(lead, key, read).await,
                Place::Other(answer) => {
                    // Fails when the leader was given up: take another place.
                    if let Ok(answer) = answer.await {
                        return answer;
                    }
                }
            }
        }
    }

    fn join(&self, key: &K) -> Place<K, V> {
        let mut group = lock(&self.next);
        if group.is_led {
            let (sender, answer) = oneshot::channel();
            group.others.push((key.clone(), sender));
            return Place::Other(answer);
        }
        group.is_led = true;
        Place::Leader(Lead {
            next: Arc::clone(&self.next),
            has_begun: false,
        })
    }

    async fn lead<F, R>(&self, mut lead: Lead<K, V>, key: K, read: F) -> Result<Option<V>>
    where
        F: Fn(Vec<K>) -> R,
        R: Future<Output = Result<HashMap<K, V>>>,
    {
        // Nobody closes the semaphore; were it closed, all would read at once.
        let _turn = self.turns.acquire().await;
        let others = lead.begin();
        let all = others.iter().map(|(key, _)| key).chain([&key]);
        let each_once: HashSet<K> = all.cloned().collect();
        let found = read(each_once.into_iter().collect()).await;
        for (key, sender) in others {
            let own = found.as_ref().map(|found| found.get(&key).cloned());
            // A call that was given up no longer listens.
            let _listening = sender.send(own.map_err(Clone::clone));
        }
        found.map(|mut found| found.remove(&key))
    }
}

/// The place of a call in a group.
enum Place<K, V> {
    Leader(Lead<K, V>),
    Other(oneshot::Receiver<Result<Option<V>>>),
}

/// The lead of the group that has not begun to read. Dropped before it has, it frees the
/// others to form another one.
struct Lead<K, V> {
    next: Arc<Mutex<Group<K, V>>>,
    has_begun: bool,
}

impl<K, V> Lead<K, V> {
    /// Closes the group; who comes now is in the next one.
    fn begin(&mut self) -> Vec<(K, oneshot::Sender<Result<Option<V>>>)> {
        self.has_begun = true;
        let mut group = lock(&self.next);
        group.is_led = false;
        mem::take(&mut group.others)
    }
}

impl<K, V> Drop for Lead<K, V> {
    fn drop(&mut self) {
        if !self.has_begun {
            self.begin();
        }
    }
}

/// Nothing that could panic is done under the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rpc::{Error, Reason};
    use tokio::sync::Notify;

    use super::*;

    /// Answers each key with its double, once it is let.
    #[derive(Clone, Default)]
    struct Database {
        reads: Arc<AtomicUsize>,
        let_go: Arc<Notify>,
    }

    impl Database {
        async fn double(self, keys: Vec<u32>) -> Result<HashMap<u32, u32>> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            self.let_go.notified().await;
            Ok(keys.into_iter().map(|key| (key, key * 2)).collect())
        }
    }

    fn ask(
        group: &GroupRead<u32, u32>,
        database: &Database,
        key: u32,
    ) -> tokio::task::JoinHandle<Result<Option<u32>>> {
        let (group, database) = (group.clone(), database.clone());
        tokio::spawn(async move { group.get(key, |keys| database.clone().double(keys)).await })
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn calls_that_wait_for_a_read_share_the_next_one() {
        let (group, database) = (GroupRead::new(1), Database::default());
        let first = ask(&group, &database, 1);
        settle().await;
        let later: Vec<_> = [2, 3, 3, 4].map(|key| ask(&group, &database, key)).into();
        settle().await;
        assert_eq!(database.reads.load(Ordering::SeqCst), 1);
        database.let_go.notify_one();
        assert_eq!(first.await.unwrap().unwrap(), Some(2));
        settle().await;
        database.let_go.notify_one();
        for (asked, key) in later.into_iter().zip([2, 3, 3, 4]) {
            assert_eq!(asked.await.unwrap().unwrap(), Some(key * 2));
        }
        assert_eq!(database.reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_call_is_never_answered_by_a_read_that_began_before_it() {
        let (group, database) = (GroupRead::new(2), Database::default());
        let first = ask(&group, &database, 1);
        settle().await;
        let second = ask(&group, &database, 1);
        settle().await;
        assert_eq!(database.reads.load(Ordering::SeqCst), 2);
        database.let_go.notify_waiters();
        assert_eq!(first.await.unwrap().unwrap(), Some(2));
        assert_eq!(second.await.unwrap().unwrap(), Some(2));
    }

    #[tokio::test]
    async fn when_a_leader_is_given_up_another_call_reads_for_the_rest() {
        for while_reading in [false, true] {
            let (group, database) = (GroupRead::new(1), Database::default());
            let first = ask(&group, &database, 1);
            settle().await;
            let leader = ask(&group, &database, 2);
            settle().await;
            let other = ask(&group, &database, 3);
            settle().await;
            if while_reading {
                database.let_go.notify_one();
                settle().await;
            }
            leader.abort();
            settle().await;
            if !while_reading {
                database.let_go.notify_one();
                settle().await;
            }
            assert_eq!(first.await.unwrap().unwrap(), Some(2));
            database.let_go.notify_one();
            assert_eq!(other.await.unwrap().unwrap(), Some(6));
        }
    }

    #[tokio::test]
    async fn an_error_is_told_to_all_of_its_group() {
        let group: GroupRead<u32, u32> = GroupRead::new(1);
        let held = Arc::clone(&group.turns).acquire_owned().await.unwrap();
        let fail = |_| async {
            let away = Error::new(Reason::DatabaseUnavailable, "away");
            Err::<HashMap<u32, u32>, _>(away)
        };
        let calls = futures_of(&group, fail);
        let let_go = async {
            settle().await;
            drop(held);
        };
        let ((a, b), ()) = tokio::join!(calls, let_go);
        for refused in [a, b] {
            assert_eq!(refused.unwrap_err().reason(), Reason::DatabaseUnavailable);
        }
    }

    async fn futures_of<F, R>(
        group: &GroupRead<u32, u32>,
        read: F,
    ) -> (Result<Option<u32>>, Result<Option<u32>>)
    where
        F: Fn(Vec<u32>) -> R + Copy,
        R: Future<Output = Result<HashMap<u32, u32>>>,
    {
        tokio::join!(group.get(1, read), group.get(2, read))
    }
}
