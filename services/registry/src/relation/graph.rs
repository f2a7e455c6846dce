//! Chains of relations of one predicate.

use std::collections::{HashMap, HashSet};

use rpc::Result;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::version::{self, MOST_VALUES, NOW};

/// Edges from subjects to objects.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    objects: HashMap<String, HashSet<String>>,
}

#[derive(FromQueryResult)]
struct Edge {
    subject: String,
    object: String,
}

impl Edges {
    /// All edges of `predicate` that can be reached from `starts`.
    pub(crate) async fn from(
        db: &impl ConnectionTrait,
        predicate: &str,
        starts: &[&str],
    ) -> Result<Self> {
        let mut edges = Self::default();
        let mut seen: HashSet<String> = starts.iter().copied().map(str::to_owned).collect();
        let mut frontier: Vec<String> = seen.iter().cloned().collect();
        while !frontier.is_empty() {
            let mut next = Vec::new();
            for chunk in frontier.chunks(MOST_VALUES) {
                let mut select = Query::select();
                select
                    .expr(Expr::cust("subject, object"))
                    .from("relation")
                    .cond_where(version::at(NOW))
                    .and_where(Expr::cust("predicate").eq(predicate))
                    .and_where(Expr::cust("subject").is_in(chunk.iter().map(String::as_str)));
                for edge in version::select::<Edge>(db, &select).await? {
                    if seen.insert(edge.object.clone()) {
                        next.push(edge.object.clone());
                    }
                    edges.add(&edge.subject, &edge.object);
                }
            }
            frontier = next;
        }
        Ok(edges)
    }

    /// Adds an edge.
    pub(crate) fn add(&mut self, subject: &str, object: &str) {
        let objects = self.objects.entry(subject.to_owned()).or_default();
        objects.insert(object.to_owned());
    }

    /// Whether an edge from `subject` to `object` would close a cycle: whether `subject`
    /// can be reached from `object`.
    pub(crate) fn closes(&self, subject: &str, object: &str) -> bool {
        let mut seen = HashSet::from([object]);
        let mut open = vec![object];
        while let Some(at) = open.pop() {
            if at == subject {
                return true;
            }
            for next in self.objects.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chain_back_to_the_start_is_a_cycle() {
        let mut edges = Edges::default();
        assert!(edges.closes("a", "a"));
        edges.add("a", "b");
        edges.add("b", "c");
        assert!(edges.closes("c", "a"));
        assert!(edges.closes("b", "a"));
        assert!(!edges.closes("a", "c"));
        assert!(!edges.closes("d", "a"));
    }

    proptest! {
        #[test]
        fn edges_that_close_nothing_leave_an_order(candidates in prop::collection::vec((0u8..8, 0u8..8), 0..40)) {
            let mut edges = Edges::default();
            let mut kept = Vec::new();
            for (a, b) in candidates {
                let (subject, object) = (a.to_string(), b.to_string());
                if !edges.closes(&subject, &object) {
                    edges.add(&subject, &object);
                    kept.push((a, b));
                }
            }
            // Nodes without open edges into them can be taken away until none is left.
            let mut left = kept;
            while !left.is_empty() {
                let targets: HashSet<u8> = left.iter().map(|(_, b)| *b).collect();
                let before = left.len();
                left.retain(|(a, _)| targets.contains(a));
                prop_assert!(left.len() < before);
            }
        }
    }
}
