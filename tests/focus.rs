//! Files in the shapes of FOCUS, as the program writes them from the sample
//! month and from random ones. What the official validator does not look at is
//! looked at here; `.ci/focus` runs that validator on the same files.

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_decimal::Decimal;
use support::credits::{convert, csv_rows, documented_rows, folder, out, report, row};
use support::months;
use support::session::{give, load, sample_book, samples, write_sample};
use trueup::book::{Access, Book, Config};
use trueup::desk::Command;
use trueup::focus::{Kept, Made, Profile, Sheet, corrections};

type Row = HashMap<String, String>;

const SEEDS: [u64; 4] = [1, 7, 42, 2026];

/// The files that are validated: by name, in a folder that stays when the
/// environment names one.
fn files() -> Vec<PathBuf> {
    let dir = std::env::var_os("TRUEUP_FOCUS_FILES").map(PathBuf::from);
    let dir = dir.unwrap_or_else(|| tempfile::tempdir().unwrap().keep());
    fs::create_dir_all(&dir).unwrap();
    let mut files = Vec::new();
    for profile in [Profile::Focus12, Profile::Focus] {
        let file = dir.join(format!("sample.{profile}.csv"));
        write_sample(profile, &file);
        files.push(file);
    }
    for seed in SEEDS {
        let file = dir.join(format!("month-{seed}.focus.csv"));
        fs::rename(random_month(seed, "focus", &["--purchases"]).0, &file).unwrap();
        files.push(file);
    }
    // What was written before and is withdrawn, and what corrects a closed month.
    let (file, folder) = random_month(SEEDS[0], "focus", &[]);
    let signed = signed_rows(&folder);
    let rows = fs::read_to_string(folder.join("report.csv")).unwrap();
    fs::write(folder.join("report.csv"), rows.lines().take(30).collect::<Vec<_>>().join("\n")).unwrap();
    let output = convert(&folder, &["--profile", "focus", "--output", "out.csv"]);
    assert!(out(&output).contains("withdrawn and sent once more at zero"), "{}", out(&output));
    files.push(dir.join("withdrawn.focus.csv"));
    fs::rename(file, files.last().unwrap()).unwrap();
    files.push(dir.join("corrected.focus.csv"));
    write_corrections(&folder, &signed, files.last().unwrap());
    files
}

/// The rows that a folder's book keeps of January.
fn signed_rows(folder: &Path) -> Kept {
    let book = Book::open(folder, Access::Read).unwrap();
    let rows = book.kept_rows("2026-01".parse().unwrap()).unwrap();
    Kept::from_bytes(&rows.first().unwrap().1).unwrap()
}

/// A February that holds nothing but what January turned out to be.
fn write_corrections(folder: &Path, signed: &Kept, target: &Path) {
    let config = Config::load(folder).unwrap();
    let month = "2026-02".parse().unwrap();
    let made = Made {
        month,
        profile: Profile::Focus,
        projects: &config.projects,
        rules: &config.subsidies,
        prices: &config.prices,
        terms: &config.settings.terms,
    };
    let mut sheet = Sheet::new(Arc::default(), &made);
    sheet.append(&corrections(signed, &signed_rows(folder), month));
    sheet.write(&mut fs::File::create(target).unwrap()).unwrap();
    assert!(fs::read_to_string(target).unwrap().contains(",Correction,"));
}

/// A random month converted: its file, and the folder it lies in.
fn random_month(seed: u64, profile: &str, args: &[&str]) -> (PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap().keep();
    months::write(&dir, seed);
    let output = convert(&dir, &[&["--profile", profile, "--output", "out.csv"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    (dir.join("out.csv"), dir)
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("“{text}” is no number"))
}

fn tags(row: &Row) -> BTreeMap<String, serde_json::Value> {
    serde_json::from_str(&row["Tags"]).unwrap()
}

fn check_file(file: &Path) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.is_ascii(), "{}", file.display());
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let own = header.iter().position(|name| name.starts_with("x_")).unwrap();
    assert!(header[..own].is_sorted() && header[own..].iter().all(|name| name.starts_with("x_")), "{header:?}");
    let rows: Vec<Row> = csv_rows(file);
    let mut ids = BTreeSet::new();
    for row in &rows {
        check_row(row);
        assert!(ids.insert((row["ResourceId"].clone(), row["ChargePeriodStart"].clone())), "{row:?}");
    }
}

fn check_row(row: &Row) {
    for (name, value) in row {
        let decimal = ["Cost", "Price", "Quantity"].iter().any(|end| name.ends_with(end));
        if decimal && !value.is_empty() {
            assert!(value.contains('.') && !value.contains(['e', 'E', ',', '+']), "{name}: {value}");
        }
        let text = ["Id", "Name", "Meter", "User", "Unit"].iter().any(|end| name.ends_with(end));
        if text && !value.is_empty() {
            assert!(
                value.parse::<Decimal>().is_err() && value.chars().any(|c| c.is_ascii_alphabetic()),
                "{name}: {value}"
            );
        }
        if name.ends_with("Start") || name.ends_with("End") {
            assert!(value.len() == 20 && value.ends_with("T00:00:00Z"), "{name}: {value}");
        }
    }
    assert!(row["ChargePeriodStart"] < row["ChargePeriodEnd"] && row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]);
    assert!(row["BillingPeriodStart"].ends_with("-01T00:00:00Z") && row["BillingPeriodEnd"].ends_with("-01T00:00:00Z"));
    if row["ChargeCategory"] == "Tax" {
        check_tax(row);
        return;
    }
    let product = |price: &str| number(&row[price]) * number(&row["PricingQuantity"]);
    assert_eq!(number(&row["ListCost"]), product("ListUnitPrice"));
    assert_eq!(number(&row["ContractedCost"]), product("ContractedUnitPrice"));
    assert!(number(&row["ListUnitPrice"]) >= Decimal::ZERO);
    assert!(tags(row).values().all(|value| value.is_string()), "flat, and texts: {}", row["Tags"]);
    if row["ChargeCategory"] == "Purchase" {
        assert_eq!((row["EffectiveCost"].as_str(), row["ChargeFrequency"].as_str()), ("0.0", "One-Time"));
    } else {
        assert_eq!(row["EffectiveCost"], row["BilledCost"]);
    }
    assert!(number(&row["BilledCost"]).scale() <= 2, "cents: {row:?}");
}

/// Nothing of a tax is used or priced, and it is about the whole month.
fn check_tax(row: &Row) {
    let empty = ["Pricing", "Consumed", "Sku"].map(|begin| row.iter().filter(move |(name, _)| name.starts_with(begin)));
    for (name, value) in empty.into_iter().flatten().filter(|(name, _)| !name.starts_with("PricingCurrency")) {
        assert!(value.is_empty(), "{name}: {value}");
    }
    for cost in ["EffectiveCost", "ContractedCost"] {
        assert_eq!(number(&row[cost]), number(&row["BilledCost"]));
    }
    assert_eq!(
        (&row["ChargePeriodStart"], &row["ChargePeriodEnd"]),
        (&row["BillingPeriodStart"], &row["BillingPeriodEnd"])
    );
    assert!(row["ChargeFrequency"] == "One-Time" && !tags(row).contains_key("usage_user"));
}

#[test]
fn the_tax_of_an_invoice_is_a_row_a_payer_in_focus_and_stands_apart_in_the_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = |file: &Path| -> serde_json::Value {
        let path = format!("{}.manifest.json", file.display());
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let figure = |manifest: &serde_json::Value, name: &str| number(manifest["tie_out"][name].as_str().unwrap());
    let mut borne = Vec::new();
    for profile in [Profile::Focus12, Profile::OpenChargeback] {
        let file = dir.path().join(format!("{profile}.csv"));
        write_sample(profile, &file);
        let manifest = manifest(&file);
        let rows = csv_rows(&file);
        let tax: Vec<&Row> = rows.iter().filter(|row| row.get("ChargeCategory").is_some_and(|c| c == "Tax")).collect();
        let written: Decimal = tax.iter().map(|row| number(&row["BilledCost"])).sum();
        assert_eq!(figure(&manifest, "invoice: tax"), number("123.45"));
        assert_eq!(figure(&manifest, "written: tax"), written);
        let shares = manifest["tie_out"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with("tax: "));
        let shares: BTreeMap<String, Decimal> =
            shares.map(|(name, value)| (name.clone(), number(value.as_str().unwrap()))).collect();
        assert_eq!(shares.values().sum::<Decimal>(), number("123.45"), "{shares:?}");
        let all: Decimal = rows.iter().map(|row| number(&row["BilledCost"])).sum();
        assert_eq!(all, number(manifest["total"].as_str().unwrap()));
        if profile.is_focus() {
            assert!(tax.len() > 1, "{}", tax.len());
            for row in &tax {
                let of = tags(row);
                let [fund, project] = ["fund_org", "project_id"].map(|key| of[key].as_str().unwrap());
                assert_eq!(shares[&format!("tax: {fund} / {project}")], number(&row["BilledCost"]));
            }
            assert_eq!(manifest["output"]["tax_rows"], tax.len());
        } else {
            assert!(tax.is_empty() && manifest["output"].get("tax_rows").is_none());
        }
        borne.push((shares, all - written));
    }
    assert_eq!(borne[0], borne[1], "whatever the profile, the same tax and the same charges");
}

#[test]
fn files_hold_what_the_validator_does_not_look_at() {
    for file in files() {
        check_file(&file);
    }
}

#[test]
fn credits_and_cents_add_up_for_every_payer_and_project_whatever_the_profile() {
    for seed in SEEDS {
        let (documented, dir) = random_month(seed, "openchargeback", &[]);
        let used: Decimal = fs::read_to_string(dir.join("report.csv"))
            .unwrap()
            .lines()
            .skip(1)
            .map(|line| number(line.split(',').nth(7).unwrap()))
            .sum();
        let sums = |rows: &[Row]| {
            let mut sums: BTreeMap<[String; 2], Decimal> = BTreeMap::new();
            for row in rows {
                let of = tags(row);
                let key = ["fund_org", "project_id"].map(|key| of[key].as_str().unwrap().to_owned());
                *sums.entry(key).or_default() += number(&row["BilledCost"]);
            }
            sums.retain(|_, sum| !sum.is_zero());
            sums
        };
        let expect = sums(&csv_rows(&documented));
        for profile in ["focus-1.2", "focus-1.4", "focus"] {
            let rows = csv_rows(&random_month(seed, profile, &[]).0);
            assert_eq!(sums(&rows), expect, "{profile} of month {seed}");
            let credits: Decimal = rows.iter().map(|row| number(&row["PricingQuantity"])).sum();
            assert_eq!(credits, used, "{profile} of month {seed}");
        }
        // The journal says the same, and balances.
        let rows = csv_rows(&dir.join("out.csv.journal.csv"));
        let side = |name: &str| rows.iter().map(|row| number(&row[name])).sum::<Decimal>();
        assert_eq!(side("debit"), side("credit"));
        for row in rows.iter().filter(|row| !row["project_id"].is_empty()) {
            let key = [row["fund_org"].clone(), row["project_id"].clone()];
            assert_eq!(number(&row["debit"]) - number(&row["credit"]), expect[&key]);
        }
    }
}

#[test]
fn a_half_subsidised_charge_is_two_rows_that_split_its_credits() {
    let dir = folder(&[row("1/7/2026", "ab@northwinds.edu", "codex", "217.535", "4350.7")]);
    let rules = support::credits::SUBSIDIES.replace("500.00", "9.50");
    fs::write(dir.path().join("subsidies.json"), rules).unwrap();
    let output = convert(dir.path(), &["--profile", "focus"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.focus.csv"));
    let of = |row: &Row| {
        ["PricingQuantity", "ConsumedQuantity", "ListCost", "BilledCost", "x_ChargeKind"].map(|name| row[name].clone())
    };
    assert_eq!(of(&rows[0]), ["27.535", "550.7", "1.37675", "1.38", "usage"]);
    assert_eq!(of(&rows[1]), ["190.0", "3800.0", "9.5", "9.50", "subsidy"]);
    assert_eq!(rows[0]["x_SourceRowId"], rows[1]["x_SourceRowId"]);
    assert_ne!(rows[0]["InvoiceDetailId"], rows[1]["InvoiceDetailId"]);
}

#[test]
fn a_charge_that_drew_from_two_pools_is_a_row_a_pool_at_its_price() {
    let dir = folder(&[row("1/7/2026", "ab@northwinds.edu", "codex", "100", "10")]);
    let pools = r#"{"credit_pools": [
        {"pool_id": "cheap", "credits_purchased": 40, "purchase_amount": 2},
        {"pool_id": "dear", "effective_date": "2026-01-02", "credits_purchased": 1000, "purchase_amount": 100}
    ]}"#;
    fs::write(dir.path().join("pricing.json"), pools).unwrap();
    fs::remove_file(dir.path().join("subsidies.json")).unwrap();
    convert(dir.path(), &["--profile", "focus-1.4"]);
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.focus-1.4.csv"));
    let of = |row: &Row| ["PricingQuantity", "ListUnitPrice", "BilledCost", "SkuPriceId"].map(|name| row[name].clone());
    assert_eq!(of(&rows[0]), ["40.0", "0.05", "2.00", "cheap/codex"]);
    assert_eq!(of(&rows[1]), ["60.0", "0.1", "6.00", "dear/codex"]);
    assert!(rows[1]["ResourceId"].ends_with(":usage:lot-dear"), "{}", rows[1]["ResourceId"]);
    assert!(!rows[0].contains_key("PublisherName") && rows[0].contains_key("HostProviderName"));
}

#[test]
fn a_charge_that_empties_the_last_pool_and_goes_on_has_one_row_of_it() {
    let rows = [("1/7/2026", "30"), ("1/9/2026", "50"), ("1/10/2026", "-40")];
    let rows = rows.map(|(day, credits)| row(day, "ab@northwinds.edu", "codex", credits, "10"));
    let dir = folder(&rows);
    let pools = r#"{"credit_pools": [
        {"pool_id": "cheap", "credits_purchased": 40, "purchase_amount": 2},
        {"pool_id": "dear", "effective_date": "2026-01-02", "credits_purchased": 20, "purchase_amount": 2}
    ]}"#;
    fs::write(dir.path().join("pricing.json"), pools).unwrap();
    fs::remove_file(dir.path().join("subsidies.json")).unwrap();
    let output = convert(dir.path(), &["--profile", "focus"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.focus.csv"));
    let of = |row: &Row| ["PricingQuantity", "ListUnitPrice", "BilledCost", "SkuPriceId"].map(|name| row[name].clone());
    let found: Vec<_> = rows.iter().map(of).collect();
    let expected = [
        ["30.0", "0.05", "1.50", "cheap/codex"],
        ["10.0", "0.05", "0.50", "cheap/codex"],
        ["40.0", "0.1", "4.00", "dear/codex"],
        ["-40.0", "0.1", "-4.00", "dear/codex"],
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_row_no_longer_charged_is_sent_once_more_at_zero_and_stays() {
    let rows = documented_rows();
    let dir = folder(&rows);
    convert(dir.path(), &[]);
    let file = dir.path().join("openai-tokens_2026-01.csv");
    let first = fs::read(&file).unwrap();
    report(dir.path(), "report.csv", &rows[..4]);
    let second = convert(dir.path(), &[]);
    let text = out(&second);
    assert!(text.contains("4 rows withdrawn and sent once more at zero (-$6.61)"), "{text}");
    assert!(text.contains("withdrawn: openai:chat_tool.imagegen:ab@northwinds.edu:2026-01-11:usage"), "{text}");
    let written = csv_rows(&file);
    assert_eq!(written.len(), 12);
    let gone: Vec<&Row> = written.iter().filter(|row| row["ChargePeriodStart"].as_str() > "2026-01-10").collect();
    assert_eq!(gone.len(), 4);
    assert!(gone.iter().all(|row| row["BilledCost"] == "0.00" && row["ListCost"] == "0.00"));
    // Once is enough: the same run again changes nothing, and says nothing.
    let bytes = fs::read(&file).unwrap();
    let third = convert(dir.path(), &[]);
    assert!(!out(&third).contains("withdrawn"), "{}", out(&third));
    assert_eq!(fs::read(&file).unwrap(), bytes);
    // What is charged again is as it was.
    report(dir.path(), "report.csv", &rows);
    let fourth = convert(dir.path(), &[]);
    assert!(out(&fourth).contains("6 rows changed (+$6.62)"), "{}", out(&fourth));
    assert_eq!(fs::read(&file).unwrap(), first);
}

#[test]
fn an_export_shows_what_it_would_do_and_asks() {
    let dir = sample_book();
    {
        let inputs = samples(&["chatgpt_edu_credits_2026-01.csv"], &["credit_ledger_2026-01.csv"]);
        let (session, mut desk) = load(dir.path(), inputs, None);
        give(&session, &mut desk, &Command::ApproveMatched);
    }
    let export = |args: &[&str]| {
        let all = [&["export", "--month", "2026-01"], args].concat();
        std::process::Command::new(support::program()).args(all).current_dir(dir.path()).output().unwrap()
    };
    let file = dir.path().join("openai-tokens_2026-01.focus-1.2.csv");
    let shown = export(&["--profile", "focus-1.2", "--dry-run"]);
    assert_eq!(shown.status.code(), Some(0), "{}", out(&shown));
    for text in
        ["rows as focus-1.2, $", "Who pays:", "First rows:", "BilledCost,BillingAccountId", "Nothing was written."]
    {
        assert!(out(&shown).contains(text), "{text} is not in {}", out(&shown));
    }
    assert!(!file.exists());
    let unasked = export(&["--profile", "focus-1.2"]);
    assert_eq!(unasked.status.code(), Some(2), "{}", out(&unasked));
    assert!(!file.exists());
    let written = export(&["--profile", "focus-1.2", "--yes"]);
    assert_eq!(written.status.code(), Some(0), "{}", out(&written));
    assert!(file.exists());
    let again = export(&["--profile", "focus-1.2", "--yes"]);
    assert!(out(&again).contains("The rows are those written last."), "{}", out(&again));
    let other = export(&["--dry-run"]);
    assert!(out(&other).contains("was written as focus-1.2 before"), "{}", out(&other));
    let refused = export(&["--purchases", "--dry-run"]);
    assert!(out(&refused).contains("has no rows for purchases"), "{}", out(&refused));
}

#[test]
fn what_a_spreadsheet_would_run_is_neutral_for_people_and_refused_in_the_file() {
    let dir = folder(&documented_rows());
    fs::write(
        dir.path().join("config.toml"),
        "[accounting]\nfund_org = \"=1+1\"\naccount_code = \"1\"\nexpense_code = \"2\"\n",
    )
    .unwrap();
    convert(dir.path(), &[]);
    let journal = fs::read_to_string(dir.path().join("openai-tokens_2026-01.csv.journal.csv")).unwrap();
    assert!(journal.contains(",'=1+1,") && !journal.contains(",=1+1"), "{journal}");
    let evil = documented_rows().join("\n").replace("codex", "=cmd()");
    report(dir.path(), "report.csv", &evil.lines().map(str::to_owned).collect::<Vec<_>>());
    let projects = support::credits::PROJECTS.replace("\"ai-strategy\"", "\"@strategy\"");
    fs::write(dir.path().join("projects.json"), projects).unwrap();
    let refused = convert(dir.path(), &["--profile", "focus"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(out(&refused).contains("row 1: the project id “@strategy” begins like a formula"), "{}", out(&refused));
}
