//! Keeps passwords out of what is printed.

const HIDDEN: &str = "REDACTED";

/// Replaces the passwords in all texts of a table.
pub fn table(table: &mut toml::Table) {
    for (_, value) in table.iter_mut() {
        match value {
            toml::Value::Table(inner) => self::table(inner),
            toml::Value::String(text) => *text = url(text),
            _ => {}
        }
    }
}

/// A URL without its password; any other text as it is.
pub fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A password may contain anything, `/` and `@` included: the last `@` ends it.
    let shown = match rest.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => rest.to_owned(),
        },
        None => rest.to_owned(),
    };
    let parameters: Vec<_> = query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(parameter)
        .collect();
    match parameters.as_slice() {
        [] => format!("{scheme}://{shown}"),
        some => format!("{scheme}://{shown}?{}", some.join("&")),
    }
}

fn parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, _)) if key.to_ascii_lowercase().contains("password") => {
            format!("{key}={HIDDEN}")
        }
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    fn check(input: &str, expected: &str) {
        assert_eq!(url(input), expected);
    }

    #[test]
    fn a_password_is_hidden_wherever_a_url_may_hold_it() {
        check("sqlite:./data/registry.db", "sqlite:./data/registry.db");
        check("postgresql://host/db", "postgresql://host/db");
        check("postgresql://me@host/db", "postgresql://me@host/db");
        check(
            "postgresql://me:canary@host:5432/db",
            "postgresql://me:REDACTED@host:5432/db",
        );
        check(
            "postgresql://me:ca/n@ry@host/db",
            "postgresql://me:REDACTED@host/db",
        );
        check(
            "postgresql://host/db?sslmode=require&password=canary",
            "postgresql://host/db?sslmode=require&password=REDACTED",
        );
    }
}
