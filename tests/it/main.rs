//! The suite: the real binary over the real wire, on both databases.

mod coverage;
mod error;
mod harness;
mod load;
mod metrics_definition;
mod metrics_release;
mod postgres;
mod registry_batch;
mod registry_entity;
mod registry_list;
mod registry_relation;
mod registry_relation_list;
mod registry_repeat;
mod registry_search;
mod registry_snapshot;
mod registry_vocabulary;
mod registry_watch;
mod server;
