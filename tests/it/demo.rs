//! The demo as somebody runs it: twice, on both databases.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use flate2::read::GzDecoder;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{Claim, StreamSeriesRequest};
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    BatchGetEntitiesRequest, Entity, GetVocabularyRequest, ListRelationsRequest, Relation,
};
use tonic::transport::Channel;

use crate::demo_print::prints_what_the_page_prints;
use crate::demo_world::the_world_is_as_published;
use crate::harness::process::{Process, output};
use crate::harness::{Backend, Home, connect};
use crate::import::{complaint, ended, out};
use crate::reporting_figure::printed;

/// It runs two dozen commands, beside all the other tests.
const LONGEST: Duration = Duration::from_secs(240);

/// The folder of the repository.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository is there")
}

/// An installation of the demo.
struct Demo {
    home: Home,
    report: PathBuf,
}

impl Demo {
    async fn new(backend: Backend) -> Self {
        let home = Home::new(backend).await;
        let report = home.data_dir().join("made/report.html");
        Self { home, report }
    }

    /// A program with the settings of this installation, in the folder of the repository.
    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root());
        for (name, value) in self.home.command(&[]).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .env("ALMANAC", env!("CARGO_BIN_EXE_almanac"))
            .env("ALMANAC_REPORT", &self.report)
            .env_remove("SERVE");
        command
    }

    async fn run(&self) -> Output {
        let mut demo = self.program("services/almanac/demo/run.sh", &[]);
        let running = tokio::task::spawn_blocking(move || demo.output());
        let done = tokio::time::timeout(LONGEST, running).await;
        let done = done
            .expect("the demo ends")
            .expect("running it does not panic");
        let done = done.expect("the script starts");
        ended(&done, 0);
        done
    }

    fn page(&self) -> String {
        fs::read_to_string(&self.report).expect("it was written")
    }

    /// Page and file of each edition.
    fn editions(&self) -> [(String, Vec<u8>); 2] {
        ["", "zh."].map(|edition| {
            let made = |format: &str| self.report.with_extension(format!("{edition}{format}"));
            let page = fs::read_to_string(made("html")).expect("it was written");
            (page, fs::read(made("pdf")).expect("it was written"))
        })
    }

    /// Runs the commands that the demo prints for its reader, as they are printed.
    async fn try_what_it_says(&self, said: &str) {
        let commands = said.lines().filter(|line| line.starts_with("  "));
        let commands: Vec<_> = commands
            .filter(|line| line.contains("--data-dir"))
            .collect();
        assert!(commands.len() >= 3, "{said}");
        for command in commands {
            let done = output(self.program("bash", &["-c", command])).await;
            ended(&done, 0);
            assert!(out(&done).lines().count() > 2, "{command}: {}", out(&done));
            assert_eq!(complaint(&done), "", "{command}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_repeatable_and_the_same_on_both_databases() {
    let files = Demo::new(Backend::Sqlite).await;
    let server = Demo::new(Backend::Postgres).await;
    tokio::join!(files.run(), server.run());
    let page = files.page();
    assert!(page == server.page(), "the databases give different pages");
    let editions = files.editions();
    assert!(
        editions == server.editions(),
        "the databases give different editions"
    );
    let print = editions.map(|(page, file)| {
        tokio::task::spawn_blocking(move || prints_what_the_page_prints(&page, &file))
    });
    let (of_files, of_server) = tokio::join!(files.run(), server.run());
    for edition in print {
        edition.await.expect("page and print agree");
    }
    for (demo, again) in [(&files, of_files), (&server, of_server)] {
        let said = out(&again);
        let imports = said
            .lines()
            .filter(|line| line.contains(": ") && !line.contains("report"));
        let imports: Vec<_> = imports.filter(|line| !line.starts_with("The ")).collect();
        // Vocabulary, definitions, 15 tables, 7 vintages and their sum, 15 indicators and
        // their sum, the template.
        assert_eq!(imports.len(), 42, "{said}");
        for line in imports {
            assert!(line.contains("nothing new"), "{line}");
        }
        assert!(demo.page() == page, "the second run gives another page");
        demo.try_what_it_says(&said).await;
        demo.has_what_the_articles_say().await;
    }
    the_page_keeps_contradictions_apart(&page);
}

/// Values of a column of a table of the demo.
fn ids(table: &str) -> Vec<String> {
    let path = root().join("services/almanac/demo/data").join(table);
    let mut text = String::new();
    let packed = fs::File::open(path).expect("it is there");
    GzDecoder::new(packed)
        .read_to_string(&mut text)
        .expect("it is text");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let column = headers
        .iter()
        .position(|header| header == "id")
        .expect("a column");
    let row = |row: Result<csv::StringRecord, csv::Error>| row.expect("a row")[column].to_owned();
    reader.records().map(row).collect()
}

async fn entities(registry: &mut RegistryServiceClient<Channel>, table: &str) -> Vec<Entity> {
    let request = BatchGetEntitiesRequest {
        names: ids(table)
            .iter()
            .map(|id| format!("entities/{id}"))
            .collect(),
        ..Default::default()
    };
    let answer = registry.batch_get_entities(request).await;
    answer.expect("they are all there").into_inner().entities
}

async fn relations(registry: &mut RegistryServiceClient<Channel>) -> Vec<Relation> {
    let mut relations = Vec::new();
    let mut request = ListRelationsRequest {
        page_size: 1000,
        ..Default::default()
    };
    loop {
        let page = registry.list_relations(request.clone()).await;
        let page = page.expect("a page").into_inner();
        relations.extend(page.relations);
        if page.next_page_token.is_empty() {
            return relations;
        }
        request.page_token = page.next_page_token;
    }
}

impl Demo {
    async fn has_what_the_articles_say(&self) {
        let process = Process::start(self.home.command(&["serve"])).await;
        process.serving().await;
        let channel = connect(process.address());
        let mut registry = RegistryServiceClient::new(channel.clone());
        assert_eq!(entities(&mut registry, "entities.csv.gz").await.len(), 214);
        let sources = entities(&mut registry, "sources.csv.gz").await;
        assert_eq!(sources.len(), 7);

        let vocabulary = registry
            .get_vocabulary(GetVocabularyRequest::default())
            .await;
        let vocabulary = vocabulary.expect("it can be read").into_inner().vocabulary;
        let kinds = vocabulary.expect("the vocabulary").kinds;
        let citable: BTreeSet<_> = kinds
            .into_iter()
            .filter(|k| k.citable)
            .map(|k| k.id)
            .collect();
        assert!(sources.iter().all(|source| citable.contains(&source.kind)));

        let own: BTreeSet<_> = ids("relations.csv.gz").into_iter().collect();
        let mut stated = relations(&mut registry).await;
        stated.retain(|one| own.contains(one.name.trim_start_matches("relations/")));
        assert_eq!(stated.len(), 166);
        let names: BTreeSet<_> = sources.iter().map(|source| source.name.as_str()).collect();
        stated.retain(|one| {
            names.contains(one.subject.as_str()) || names.contains(one.object.as_str())
        });
        assert_eq!(stated.len(), 17);

        let by_articles: Vec<_> = names
            .iter()
            .map(|name| format!("source = \"{name}\""))
            .collect();
        let request = StreamSeriesRequest {
            filter: by_articles.join(" OR "),
            ..Default::default()
        };
        let mut metrics = MetricsServiceClient::new(channel.clone());
        let mut stream = metrics
            .stream_series(request)
            .await
            .expect("it begins")
            .into_inner();
        // Other sources say something of the same series.
        let by_an_article = |claim: &&Claim| {
            let provenance = claim.provenance.as_ref();
            provenance.is_some_and(|p| names.contains(p.source.as_str()))
        };
        let mut count = 0;
        while let Some(part) = stream.message().await.expect("the next series") {
            let claims = part.series.iter().flat_map(|series| &series.claims);
            count += claims.filter(by_an_article).count();
        }
        assert_eq!(count, 86);
        the_world_is_as_published(channel).await;
    }
}

/// Both sizes of one year are printed, and nothing between them.
fn the_page_keeps_contradictions_apart(page: &str) {
    let printed: BTreeSet<_> = printed(page).into_iter().map(|(_, text)| text).collect();
    let has = |number: &str| printed.iter().any(|text| text.contains(number));
    assert!(has("45.5 trillion") && has("47.94 trillion"), "{printed:?}");
    for average in ["46.72", "46.7 ", "46.70", "46.8 "] {
        assert!(!page.contains(average), "it has {average}");
    }
}

/// Source files below a folder, without those that are only tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn the_code_knows_no_name_and_no_number_of_the_demo() {
    let mut files = Vec::new();
    for service in fs::read_dir(root().join("services")).expect("it is there") {
        let folder = service.expect("an entry").path().join("src");
        if folder.is_dir() {
            sources(&folder, &mut files);
        }
    }
    assert!(files.len() > 100, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file)
            .expect("it is text")
            .to_lowercase();
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let code = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let code: String = code.collect();
        for word in [
            "45.5",
            "47.94",
            "zhongguancun",
            "world-bank",
            "innoway",
            "huawei",
            "haidian",
            "digital-economy",
            "gdp-current",
        ] {
            assert!(!code.contains(word), "{} has {word}", file.display());
        }
    }
}
