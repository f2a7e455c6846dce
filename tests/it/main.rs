//! The suite: the real binary over the real wire, on both databases.
#![expect(
    clippy::too_many_lines,
    reason = "a table of cases is read from top to bottom"
)]

mod as_of;
mod command;
mod command_failure;
mod command_read;
mod coverage;
mod demo;
mod demo_facts;
mod error;
mod harness;
mod import;
mod import_crash;
mod import_mapping;
mod import_row;
mod load;
mod metrics_calculate;
mod metrics_cell;
mod metrics_claim;
mod metrics_complete;
mod metrics_concept;
mod metrics_crash;
mod metrics_declaration;
mod metrics_definition;
mod metrics_difference;
mod metrics_gdp;
mod metrics_ingest;
mod metrics_interval;
mod metrics_line;
mod metrics_line_list;
mod metrics_queue;
mod metrics_release;
mod metrics_release_update;
mod metrics_row;
mod metrics_set;
mod metrics_set_list;
mod metrics_unit;
mod metrics_vintage;
mod metrics_write;
mod own_table;
mod postgres;
mod registry_batch;
mod registry_entity;
mod registry_list;
mod registry_relation;
mod registry_relation_list;
mod registry_relation_rule;
mod registry_repeat;
mod registry_search;
mod registry_snapshot;
mod registry_vocabulary;
mod registry_watch;
mod reporting;
mod reporting_figure;
mod reporting_operation;
mod reporting_run;
mod reporting_template;
mod roles;
mod server;
mod shutdown;
mod snapshot;
