//! The shape of what is drawn: charts, rankings, panels, slopes.

use figure::Period;
use proto::reporting::v1 as pb;

use super::Checker;
use super::section::{DESCRIPTION, LABEL};

const LINES: usize = 12;
const INDICATORS: usize = 5;
const MULTIPLIER: i32 = 30;
const RANKS: i32 = 50;
const HIGHLIGHTS: usize = 10;
const CHARTS: usize = 12;

impl Checker<'_> {
    pub(super) fn chart(&mut self, at: &str, chart: &pb::Chart) {
        self.described(at, &chart.description);
        self.multiplier(at, chart.multiplier);
        self.format_of_drawing(at, chart.format.as_ref(), chart.multiplier);
        self.within(&format!("{at}.within"), &chart.within);
        if chart.lines.is_empty() {
            self.wrong(format!("{at}.lines"), "has no line; give at least one");
        }
        self.lines(at, &chart.lines);
    }

    pub(super) fn ranking(&mut self, at: &str, ranking: &pb::Ranking) {
        self.described(at, &ranking.description);
        self.multiplier(at, ranking.multiplier);
        self.format_of_drawing(at, ranking.format.as_ref(), ranking.multiplier);
        let indicator = format!("{at}.indicator");
        self.name(&indicator, "indicators", &ranking.indicator, true);
        self.required_period(&format!("{at}.period"), &ranking.period);
        self.filter(&format!("{at}.filter"), &ranking.filter, true);
        self.name(&format!("{at}.source"), "entities", &ranking.source, false);
        if !(0..=RANKS).contains(&ranking.limit) {
            let message = format!("is {}; 1 to {RANKS} are accepted, 0 for 10", ranking.limit);
            self.wrong(format!("{at}.limit"), message);
        }
        let highlights = format!("{at}.highlights");
        self.fields
            .at_most(&highlights, ranking.highlights.len(), HIGHLIGHTS);
        for (index, entity) in ranking.highlights.iter().enumerate() {
            self.name(&format!("{highlights}[{index}]"), "entities", entity, true);
        }
    }

    pub(super) fn panels(&mut self, at: &str, panels: &pb::Panels) {
        self.described(at, &panels.description);
        let charts = format!("{at}.charts");
        self.fields.at_most(&charts, panels.charts.len(), CHARTS);
        if panels.charts.len() < 2 {
            let message = "has fewer than two; one chart alone is a chart";
            self.wrong(charts.as_str(), message);
        }
        for (index, chart) in panels.charts.iter().enumerate() {
            let at = format!("{charts}[{index}]");
            self.chart(&at, chart);
            if panels.same_scale && chart.multiplier != panels.charts[0].multiplier {
                let message = "is not that of the first chart, which one scale needs";
                self.wrong(format!("{at}.multiplier"), message);
            }
        }
    }

    pub(super) fn slope(&mut self, at: &str, slope: &pb::Slope) {
        self.described(at, &slope.description);
        self.multiplier(at, slope.multiplier);
        self.format_of_drawing(at, slope.format.as_ref(), slope.multiplier);
        let (start, end) = (&slope.start_period, &slope.end_period);
        self.required_period(&format!("{at}.start_period"), start);
        self.required_period(&format!("{at}.end_period"), end);
        if let (Ok(start), Ok(end)) = (start.parse::<Period>(), end.parse::<Period>())
            && start.key() >= end.key()
        {
            let message = "is not later than `start_period`";
            self.wrong(format!("{at}.end_period"), message);
        }
        if slope.lines.len() < 2 {
            let message = "has fewer than two lines; give at least two";
            self.wrong(format!("{at}.lines"), message);
        }
        self.lines(at, &slope.lines);
    }

    fn described(&mut self, at: &str, description: &str) {
        let path = format!("{at}.description");
        self.fields.required_text(&path, description, DESCRIPTION);
        self.uses(&path, description);
    }

    fn multiplier(&mut self, at: &str, multiplier: i32) {
        if !(0..=MULTIPLIER).contains(&multiplier) {
            let message = format!("is {multiplier}; 0 to {MULTIPLIER} are accepted");
            self.wrong(format!("{at}.multiplier"), message);
        }
    }

    fn required_period(&mut self, at: &str, code: &str) {
        if code.is_empty() {
            self.wrong(at, "is required");
        }
        self.within(at, code);
    }

    fn lines(&mut self, at: &str, lines: &[pb::ChartLine]) {
        self.fields
            .at_most(&format!("{at}.lines"), lines.len(), LINES);
        for (index, line) in lines.iter().enumerate() {
            self.line(&format!("{at}.lines[{index}]"), line);
        }
    }

    fn line(&mut self, at: &str, line: &pb::ChartLine) {
        let indicators = format!("{at}.indicators");
        self.fields
            .at_most(&indicators, line.indicators.len(), INDICATORS);
        if line.indicators.is_empty() {
            self.wrong(indicators.as_str(), "has no indicator; give at least one");
        }
        for (number, indicator) in line.indicators.iter().enumerate() {
            let path = format!("{indicators}[{number}]");
            self.name(&path, "indicators", indicator, true);
        }
        self.name(&format!("{at}.entity"), "entities", &line.entity, true);
        let counterpart = format!("{at}.counterpart");
        self.name(&counterpart, "entities", &line.counterpart, false);
        self.fields.text(&format!("{at}.label"), &line.label, LABEL);
        self.uses(&format!("{at}.label"), &line.label);
    }
}
