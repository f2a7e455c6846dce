//! What a template says about indicators, held against the definitions.

use proto::metrics::v1::{Indicator, Measure, SeriesKey};
use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use proto::reporting::v1::section::Body;
use rpc::{Fields, Reason, Result, Violation};

use crate::peer::{Peers, Pinned, are_siblings};

/// Indicators that are joined or computed with each other, with the path of each.
type Together = Vec<(String, String)>;

/// Refuses indicators that do not exist and siblings that a template would join.
pub(crate) async fn check_definitions(peers: &Peers, template: &pb::Template) -> Result<()> {
    let mut fields = Fields::new();
    // Many figures are of few indicators: each is asked for once.
    let mut now = peers.at("");
    for together in joined(template) {
        let mut known: Vec<Indicator> = Vec::new();
        for (path, name) in together {
            // With parameters the name is known when the report is made.
            if name.is_empty() || name.contains("${") {
                continue;
            }
            let Some(found) = now.indicator(&name).await? else {
                fields.refuse(
                    Reason::TemplateInvalid,
                    path,
                    format!("there is no indicator {name}"),
                );
                continue;
            };
            if let Some(other) = known.iter().find(|other| are_siblings(&found, other)) {
                let message = format!(
                    "{name} and {} define one concept differently: show them beside each other",
                    other.name
                );
                let joined = Violation::new(Reason::SiblingsJoined, path, message);
                fields.note(joined.about(&name));
            }
            known.push(found);
        }
    }
    for (path, observation) in places(template) {
        if let Some(message) = unscoped(&mut now, observation).await? {
            fields.refuse(Reason::TemplateInvalid, path, message);
        }
    }
    fields.finish()
}

/// The observations that sentences quote and that no parameter decides.
fn places(template: &pb::Template) -> Vec<(String, &pb::ObservationRef)> {
    let mut places = Vec::new();
    for (index, section) in template.sections.iter().enumerate() {
        for (number, binding) in section.bindings.iter().enumerate() {
            let Some(Value::Observation(observation)) = &binding.value else {
                continue;
            };
            let parts = [
                &observation.indicator,
                &observation.entity,
                &observation.counterpart,
                &observation.period,
            ];
            if parts.iter().all(|part| !part.contains("${")) {
                let path = format!("template.sections[{index}].bindings[{number}].observation");
                places.push((path, observation));
            }
        }
    }
    places
}

/// Why a rank cannot be printed: neither its indicator nor any of its claims
/// says what it is counted by. What has no claim yet is judged when the report is made.
async fn unscoped(now: &mut Pinned, observation: &pb::ObservationRef) -> Result<Option<String>> {
    let Some(indicator) = now.indicator(&observation.indicator).await? else {
        return Ok(None);
    };
    if indicator.measure() != Measure::Rank || !indicator.rank_by.is_empty() {
        return Ok(None);
    }
    let series = SeriesKey {
        indicator: observation.indicator.clone(),
        entity: observation.entity.clone(),
        counterpart: observation.counterpart.clone(),
        ..Default::default()
    };
    let set = now.claim_set(&series, &observation.period).await?;
    let claims = set.map(|set| set.claims).unwrap_or_default();
    let scoped = claims.iter().any(|claim| {
        let text = claim.text.as_ref();
        text.is_some_and(|text| !text.base.is_empty() || !text.comparator.is_empty())
    });
    let message = format!(
        "{} is a rank that nobody says what it is counted by: give its claims a \
         base, or the indicator `rank_by`",
        observation.indicator
    );
    Ok((!claims.is_empty() && !scoped).then_some(message))
}

fn joined(template: &pb::Template) -> Vec<Together> {
    let mut all = Vec::new();
    for (index, one) in template.formats.iter().enumerate() {
        let at = format!("template.formats[{index}].indicator");
        all.push(vec![(at, one.indicator.clone())]);
    }
    for (index, section) in template.sections.iter().enumerate() {
        let path = format!("template.sections[{index}]");
        for (number, binding) in section.bindings.iter().enumerate() {
            let at = format!("{path}.bindings[{number}]");
            match &binding.value {
                Some(Value::Observation(observation)) => {
                    all.push(one(&format!("{at}.observation"), Some(observation)));
                }
                Some(Value::Computed(computed)) => {
                    all.push(pair(&format!("{at}.computed"), computed));
                }
                Some(Value::Entity(_)) | None => {}
            }
        }
        of_body(&path, section, &mut all);
    }
    all
}

fn of_body(path: &str, section: &pb::Section, all: &mut Vec<Together>) {
    match &section.body {
        Some(Body::Chart(chart)) => of_lines(&format!("{path}.chart"), &chart.lines, all),
        Some(Body::Ranking(ranking)) => {
            let at = format!("{path}.ranking.indicator");
            all.push(vec![(at, ranking.indicator.clone())]);
        }
        Some(Body::Panels(panels)) => {
            for (number, chart) in panels.charts.iter().enumerate() {
                let at = format!("{path}.panels.charts[{number}]");
                of_lines(&at, &chart.lines, all);
            }
        }
        Some(Body::Slope(slope)) => of_lines(&format!("{path}.slope"), &slope.lines, all),
        Some(Body::Checks(checks)) => {
            for (number, check) in checks.checks.iter().enumerate() {
                let at = format!("{path}.checks.checks[{number}]");
                if let Some(computed) = &check.computed {
                    all.push(pair(&format!("{at}.computed"), computed));
                }
                all.push(one(&format!("{at}.stated"), check.stated.as_ref()));
            }
        }
        Some(Body::Revisions(revisions)) => {
            for (number, observation) in revisions.observations.iter().enumerate() {
                all.push(one(
                    &format!("{path}.revisions.observations[{number}]"),
                    Some(observation),
                ));
            }
        }
        _ => {}
    }
}

fn of_lines(path: &str, lines: &[pb::ChartLine], all: &mut Vec<Together>) {
    for (number, line) in lines.iter().enumerate() {
        let at = |which| format!("{path}.lines[{number}].indicators[{which}]");
        let named = line.indicators.iter().enumerate();
        all.push(
            named
                .map(|(which, name)| (at(which), name.clone()))
                .collect(),
        );
    }
}

fn one(at: &str, observation: Option<&pb::ObservationRef>) -> Together {
    let name = observation
        .map(|observation| observation.indicator.clone())
        .unwrap_or_default();
    vec![(format!("{at}.indicator"), name)]
}

fn pair(at: &str, computed: &pb::Computed) -> Together {
    let mut both = one(&format!("{at}.a"), computed.a.as_ref());
    both.extend(one(&format!("{at}.b"), computed.b.as_ref()));
    both
}
