//! Templates, figures and runs: what the files `reporting_*` share.

use std::collections::BTreeMap;

use prost::Message as _;
use proto::figure::v1::{Calculation, Nature, Period};
use proto::longrunning::operation::Result as Outcome;
use proto::longrunning::{GetOperationRequest, Operation, WaitOperationRequest};
use proto::metrics::v1::{
    ClaimInput, CreateReleaseRequest, NatureClass, Provenance, Release, SeriesKey,
    SourceSeriesDeclaration, WriteClaimsRequest,
};
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;
use proto::reporting::v1::{
    Binding, Chart, ChartLine, Computed, CreateTemplateRequest, DownloadArtefactRequest, Figure,
    ListFiguresRequest, ObservationRef, Parameter, ParameterType, Report, RunReportMetadata,
    RunReportRequest, RunReportResponse, Section, Template,
};
use tonic::Status;

use crate::harness::process::soon;
use crate::harness::quantity::{self, scaled};
use crate::harness::{Refusal, World, refused};

/// The figures of an indicator of China in a period.
pub fn observation(indicator: &str, period: &str) -> ObservationRef {
    ObservationRef {
        indicator: format!("indicators/{indicator}"),
        entity: "entities/china".to_owned(),
        period: period.to_owned(),
        ..Default::default()
    }
}

/// A key for a figure.
pub fn quoted(key: &str, observation: ObservationRef) -> Binding {
    Binding {
        key: key.to_owned(),
        value: Some(Value::Observation(observation)),
        ..Default::default()
    }
}

/// A key for a computed figure.
pub fn computed(
    key: &str,
    calculation: Calculation,
    a: ObservationRef,
    b: ObservationRef,
) -> Binding {
    Binding {
        key: key.to_owned(),
        value: Some(Value::Computed(Computed {
            calculation: calculation.into(),
            a: Some(a),
            b: Some(b),
            ..Default::default()
        })),
        ..Default::default()
    }
}

/// A section with one paragraph.
pub fn prose(id: &str, paragraph: &str, bindings: Vec<Binding>) -> Section {
    Section {
        id: id.to_owned(),
        heading: format!("About {id}"),
        paragraphs: vec![paragraph.to_owned()],
        bindings,
        ..Default::default()
    }
}

/// A section with a chart of China, each line of these indicators.
pub fn chart(id: &str, lines: &[&[&str]]) -> Section {
    let name = |indicator: &&str| format!("indicators/{indicator}");
    let line = |indicators: &&[&str]| ChartLine {
        indicators: indicators.iter().map(name).collect(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    };
    Section {
        body: Some(Body::Chart(Chart {
            lines: lines.iter().map(line).collect(),
            description: "Figures over time.".to_owned(),
            ..Default::default()
        })),
        ..prose(id, "What the lines show.", Vec::new())
    }
}

/// A parameter.
pub fn parameter(key: &str, of: ParameterType, default_value: &str) -> Parameter {
    Parameter {
        key: key.to_owned(),
        label: key.to_owned(),
        r#type: of.into(),
        default_value: default_value.to_owned(),
    }
}

/// A template of these sections.
pub fn template(sections: Vec<Section>) -> Template {
    Template {
        title: "A report".to_owned(),
        sections,
        ..Default::default()
    }
}

/// Saves a new template.
pub async fn create(world: &World, id: &str, template: Template) -> Result<Template, Status> {
    let request = CreateTemplateRequest {
        template_id: id.to_owned(),
        template: Some(template),
        ..Default::default()
    };
    let answer = world.reporting().create_template(request).await?;
    Ok(answer.into_inner().template.expect("the template"))
}

/// A figure somebody states: indicator, period, number as printed, power of ten, unit.
pub type Stated<'a> = (&'a str, &'a str, &'a str, i32, &'a str);

/// A claim of a number that is exact as printed.
pub fn exact(period: &str, number: &str, multiplier: i32) -> ClaimInput {
    ClaimInput {
        period: Some(Period {
            code: period.to_owned(),
            ..Default::default()
        }),
        quantity: Some(scaled(quantity::exact(number), multiplier)),
        nature: Nature::Actual.into(),
        ..Default::default()
    }
}

/// Lets a source state figures of China, in a release of its own.
pub async fn state(world: &World, source: &str, release: &str, figures: &[Stated<'_>]) {
    let request = CreateReleaseRequest {
        release_id: release.to_owned(),
        release: Some(Release {
            source: format!("entities/{source}"),
            title: format!("What {source} says"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let created = world.metrics().create_release(request).await;
    created.expect("the release is good");
    let source_series =
        |index: usize, (indicator, _, _, _, unit): &Stated<'_>| SourceSeriesDeclaration {
            source_series: index as i32,
            series: Some(SeriesKey {
                indicator: format!("indicators/{indicator}"),
                entity: "entities/china".to_owned(),
                ..Default::default()
            }),
            provenance: Some(Provenance {
                unit: format!("units/{unit}"),
                nature_class: NatureClass::Outturn.into(),
                ..Default::default()
            }),
        };
    let claim = |index: usize, (_, period, number, power, _): &Stated<'_>| ClaimInput {
        source_series: index as i32,
        ..exact(period, number, *power)
    };
    let request = WriteClaimsRequest {
        release: format!("releases/{release}"),
        source_series: figures
            .iter()
            .enumerate()
            .map(|(i, one)| source_series(i, one))
            .collect(),
        claims: figures
            .iter()
            .enumerate()
            .map(|(i, one)| claim(i, one))
            .collect(),
        ..Default::default()
    };
    let written = world.metrics().write_claims(request).await;
    written.expect("the figures are good");
}

/// A run of a template with these parameters.
pub fn wanted(template: &str, parameters: &[(&str, &str)]) -> RunReportRequest {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    RunReportRequest {
        template: format!("templates/{template}"),
        parameters: parameters.iter().map(owned).collect::<BTreeMap<_, _>>(),
        ..Default::default()
    }
}

/// Starts a run.
pub async fn start(world: &World, request: RunReportRequest) -> Result<Operation, Status> {
    Ok(world.reporting().run_report(request).await?.into_inner())
}

/// An operation as it is now.
pub async fn look(world: &World, name: &str) -> Result<Operation, Status> {
    let request = GetOperationRequest {
        name: name.to_owned(),
    };
    Ok(world
        .operations()
        .get_operation(request)
        .await?
        .into_inner())
}

/// The operation once it has ended.
pub async fn ended(world: &World, name: &str) -> Operation {
    let waiting = async {
        loop {
            let request = WaitOperationRequest {
                name: name.to_owned(),
                timeout: None,
            };
            let found = world.operations().wait_operation(request).await;
            let found = found.expect("it exists").into_inner();
            if found.done {
                return found;
            }
        }
    };
    soon("the run ends", waiting).await
}

/// Makes a report.
pub async fn made(world: &World, request: RunReportRequest) -> Report {
    let begun = start(world, request).await.expect("it can be made");
    report(&ended(world, &begun.name).await)
}

/// How far a run is.
pub fn progress(operation: &Operation) -> RunReportMetadata {
    let any = operation.metadata.as_ref().expect("there is metadata");
    assert_eq!(
        any.type_url,
        "type.googleapis.com/almanac.reporting.v1.RunReportMetadata"
    );
    RunReportMetadata::decode(any.value.as_slice()).expect("the metadata of a run")
}

/// What a run has made.
#[track_caller]
pub fn report(operation: &Operation) -> Report {
    match &operation.result {
        Some(Outcome::Response(any)) => {
            let response = RunReportResponse::decode(any.value.as_slice());
            response
                .expect("the response of a run")
                .report
                .expect("the report")
        }
        other => panic!("no report but {other:?}"),
    }
}

/// Why a run failed.
#[track_caller]
pub fn failure(operation: &Operation) -> Refusal {
    match &operation.result {
        Some(Outcome::Error(status)) => {
            let details = status.encode_to_vec().into();
            let message = status.message.clone();
            refused(&Status::with_details(status.code.into(), message, details))
        }
        other => panic!("no failure but {other:?}"),
    }
}

/// The pieces of the page of a report.
pub async fn pieces(world: &World, report: &Report) -> Vec<Vec<u8>> {
    let request = DownloadArtefactRequest {
        name: format!("{}/artefacts/html", report.name),
        ..Default::default()
    };
    let answer = world.reporting().download_artefact(request).await;
    let mut stream = answer.expect("it is there").into_inner();
    let mut pieces = Vec::new();
    while let Some(piece) = stream.message().await.expect("the next piece") {
        pieces.push(piece.chunk);
    }
    pieces
}

/// The page of a report.
pub async fn page(world: &World, report: &Report) -> String {
    let bytes = pieces(world, report).await.concat();
    String::from_utf8(bytes).expect("a page is text")
}

/// The figures of a report, gathered from pages of a few.
pub async fn figures(world: &World, report: &Report) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListFiguresRequest {
            report: report.name.clone(),
            page_size: 7,
            page_token,
            ..Default::default()
        };
        let answer = world.reporting().list_figures(request).await;
        let answer = answer.expect("a page").into_inner();
        figures.extend(answer.figures);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return figures;
        }
    }
}
