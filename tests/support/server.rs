//! A database of its own for each test, on the server that `TRUEUP_TEST_POSTGRES`
//! names; without one a test says that it was skipped.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use postgres::{Client, NoTls};

pub const TOKEN_USAGE: &str = "
    CREATE TABLE token_usage (id uuid PRIMARY KEY, user_id uuid, action_type text, model_used text,
        tokens_used int, input_tokens int, output_tokens int, success bool, error_message text, metadata jsonb,
        created_at timestamptz NOT NULL, calculated_cost_cents numeric(12,4), audio_seconds numeric,
        openai_request_id text, openai_created bigint, actual_cost_cents numeric(12,4),
        reconciled_at timestamptz, reconciliation_status text DEFAULT 'pending');";

/// A database of its own on the server.
pub struct Base {
    pub url: Url,
    pub name: String,
}

#[derive(Clone)]
pub struct Url {
    /// `user:password`, the host with its port, and the file of the authority.
    pub login: String,
    pub host: String,
    pub roots: String,
}

impl Url {
    pub fn of_environment(test: &str) -> Option<Self> {
        let Ok(url) = std::env::var("TRUEUP_TEST_POSTGRES") else {
            eprintln!("skipped: {test} needs a server in TRUEUP_TEST_POSTGRES, see .ci/postgres");
            return None;
        };
        let rest = url.strip_prefix("postgres://").unwrap();
        let (login, rest) = rest.split_once('@').unwrap();
        let (host, rest) = rest.split_once('/').unwrap();
        let (_, roots) = rest.split_once("sslrootcert=").unwrap();
        Some(Self { login: login.into(), host: host.into(), roots: roots.into() })
    }

    pub fn user(&self) -> &str {
        self.login.split_once(':').unwrap().0
    }

    pub fn password(&self) -> &str {
        self.login.split_once(':').unwrap().1
    }

    pub fn port(&self) -> &str {
        self.host.split_once(':').unwrap().1
    }
}

impl Base {
    pub fn new(test: &str, sql: &str) -> Option<Self> {
        let url = Url::of_environment(test)?;
        let name = format!("{test}_{}", std::process::id());
        let base = Self { url, name };
        base.run_in("postgres", &format!("DROP DATABASE IF EXISTS {}", base.name));
        base.run_in("postgres", &format!("CREATE DATABASE {}", base.name));
        base.run(sql);
        Some(base)
    }

    pub fn run_in(&self, database: &str, sql: &str) {
        let url = format!("postgres://{}@{}/{database}", self.url.login, self.url.host);
        Client::connect(&url, NoTls).unwrap().batch_execute(sql).unwrap();
    }

    pub fn run(&self, sql: &str) {
        self.run_in(&self.name, sql);
    }

    /// What a query gives, one text a row.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let url = format!("postgres://{}@{}/{}", self.url.login, self.url.host, self.name);
        let rows = Client::connect(&url, NoTls).unwrap().query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect()
    }

    /// The location, with what is given behind the question mark.
    pub fn at(&self, query: &str) -> String {
        format!("postgres://{}@{}/{}?{query}", self.url.login, self.url.host, self.name)
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.run_in("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// The program, with no password but those it is given.
pub fn trueup(dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::cargo_bin("trueup").unwrap();
    command.current_dir(dir).args(args).env_remove("PGPASSWORD").env_remove("PGPASSFILE").env("HOME", dir);
    command.envs(environment.iter().copied()).output().unwrap()
}
