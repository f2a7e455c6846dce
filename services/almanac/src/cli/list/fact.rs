//! Releases, series, templates and reports.

use proto::metrics::v1::{
    ListReleasesRequest, ListReleasesResponse, ListSeriesRequest, ListSeriesResponse,
};
use proto::reporting::v1::{
    ListReportsRequest, ListReportsResponse, ListTemplatesRequest, ListTemplatesResponse,
};

use super::{Ask, Listed, Page, pages};
use crate::cli::claims::time;
use crate::cli::json;
use crate::cli::name::id;
use crate::cli::series::breakdown;
use crate::cli::table::Table;

/// Releases.
pub async fn releases(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListReleasesRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.metrics().list_releases(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.releases,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["release", "source", "title", "published", "known at"]);
    for release in &page.items {
        table.row([
            id(&release.name).to_owned(),
            id(&release.source).to_owned(),
            release.title.clone(),
            release.published.clone(),
            release.known_at.as_ref().map(time).unwrap_or_default(),
        ]);
    }
    let message = ListReleasesResponse {
        releases: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.metrics.v1.ListReleasesResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Series.
pub async fn series(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListSeriesRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.metrics().list_series(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.series,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["indicator", "entity", "counterpart", "breakdown", "series"]);
    for series in &page.items {
        let key = series.key.clone().unwrap_or_default();
        table.row([
            id(&key.indicator).to_owned(),
            id(&key.entity).to_owned(),
            id(&key.counterpart).to_owned(),
            breakdown(&key),
            series.name.clone(),
        ]);
    }
    let message = ListSeriesResponse {
        series: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.metrics.v1.ListSeriesResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Templates.
pub async fn templates(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListTemplatesRequest {
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
            ..ListTemplatesRequest::default()
        };
        let answer = ask.session.reporting().list_templates(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.templates,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["template", "title", "revision", "parameters"]);
    for template in &page.items {
        let parameters = template.parameters.iter();
        let parameters: Vec<_> = parameters.map(|one| one.key.as_str()).collect();
        table.row([
            id(&template.name).to_owned(),
            template.title.clone(),
            template.revision.to_string(),
            parameters.join(", "),
        ]);
    }
    let message = ListTemplatesResponse {
        templates: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.reporting.v1.ListTemplatesResponse"),
        more: !message.next_page_token.is_empty(),
    })
}

/// Reports.
pub async fn reports(ask: Ask<'_>) -> anyhow::Result<Listed> {
    let page = pages(ask.limit, async |page_size, page_token| {
        let request = ListReportsRequest {
            filter: ask.filter.to_owned(),
            page_size,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask.session.reporting().list_reports(request).await?;
        let answer = answer.into_inner();
        Ok(Page {
            items: answer.reports,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let page = page.await?;
    let mut table = Table::new(&["report", "title", "template", "figures", "made"]);
    for report in &page.items {
        table.row([
            id(&report.name).to_owned(),
            report.title.clone(),
            id(&report.template).to_owned(),
            report.figure_count.to_string(),
            report.create_time.as_ref().map(time).unwrap_or_default(),
        ]);
    }
    let message = ListReportsResponse {
        reports: page.items,
        next_page_token: page.next_page_token,
        snapshot: page.snapshot,
    };
    Ok(Listed {
        table,
        json: json::write(&message, "almanac.reporting.v1.ListReportsResponse"),
        more: !message.next_page_token.is_empty(),
    })
}
