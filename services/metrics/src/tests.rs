//! The service over a database of its own and a registry made up for the tests: SQLite files,
//! or databases of the PostgreSQL server that `ALMANAC_TEST_POSTGRES_URL` names.

mod bench;
mod registry;

mod block;
mod calculate;
mod claim_set;
mod consistency;
mod definition;
mod follow;
mod ingest;
mod large;
mod name;
mod release;
mod series;
mod stream;
mod watch;
mod write;
