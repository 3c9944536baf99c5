use crate::read::SideRead;
use crate::read::tests::{all, bill, contents, input, text_of};
use crate::usage::{Names, Side, TokenClass};

const GROUPED: &str = r#"start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source
1790467200,1790553600,2026-09-27T00:00:00+00:00,2026-09-28T00:00:00+00:00,,,,,,,,,,,,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.000004500000000000000000000000000000000,usd,30.0,tokens,"gpt-4o-mini-2024-07-18, input",,,proj_A,org-EXAMPLE,Default project,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0E-6176,usd,0.0,tokens,"gpt-4o-mini-2024-07-18, cached input",,,proj_A,org-EXAMPLE,Default project,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.00003420000000000000000000000000000000,usd,57.0,tokens,"gpt-4o-mini-2024-07-18, output",,,proj_A,org-EXAMPLE,Default project,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.8000000000,usd,20000.0,tokens,"priority | gpt-5.6-sol, output",,,proj_B,org-EXAMPLE,Agents,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,2.4000000000,usd,300000.0,tokens,"gpt-5.6-sol, input, long context",,,proj_B,org-EXAMPLE,Agents,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.5000000000,usd,100000.0,tokens,"gpt-5.6-sol, cache writes",,,proj_B,org-EXAMPLE,Agents,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.156945,usd,10463.0,tokens,"batch api | gpt-image-2.5-sunburst image, output",,,proj_C,org-EXAMPLE,Images,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.005305,usd,2122.0,tokens,"batch api | gpt-image-2.5-sunburst text, input",,,proj_C,org-EXAMPLE,Images,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.25,usd,,,web search tool calls,,,proj_B,org-EXAMPLE,Agents,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.000271,usd,,,assistants api | file search,,,proj_A,org-EXAMPLE,Default project,Example Org,,
1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,-0.01,usd,,,Promotional credit,,,,org-EXAMPLE,,Example Org,,
"#;

const PAGE: &str = r#"{"object":"page","has_more":false,"next_page":null,"data":[
 {"object":"bucket","start_time":1781395200,"end_time":1781481600,"start_time_iso":"2026-06-14T00:00:00","end_time_iso":"2026-06-15T00:00:00","results":[
   {"object":"organization.costs.result","amount":{"value":"0E-6176","currency":"usd"},"quantity":0.0,"line_item":"gpt-4o-mini-2024-07-18, cached input","project_id":"proj_x","organization_id":"org-x","project_name":"Default project","organization_name":"ExampleOrg","user_id":null,"api_key_id":null,"user_email":null},
   {"object":"organization.costs.result","amount":{"value":"0.000004500000000000000000000000000000000","currency":"usd"},"quantity":30.0,"line_item":"gpt-4o-mini-2024-07-18, input","project_id":"proj_x","project_name":"Default project","organization_name":"ExampleOrg"},
   {"object":"organization.costs.result","amount":{"value":"0.00003420000000000000000000000000000000","currency":"usd"},"quantity":57.0,"line_item":"gpt-4o-mini-2024-07-18, output","project_id":"proj_x","project_name":"Default project","organization_name":"ExampleOrg"}]},
 {"object":"bucket","start_time":1781481600,"end_time":1781568000,"start_time_iso":"2026-06-15T00:00:00+00:00","end_time_iso":"2026-06-16T00:00:00+00:00","results":[]}]}"#;

fn rows(side: &SideRead) -> std::ops::Range<u32> {
    0..side.lines.len() as u32
}

fn amounts(side: &SideRead) -> Vec<String> {
    rows(side).map(|row| text_of(side.lines.amount(row))).collect()
}

fn items(side: &SideRead, names: &Names) -> Vec<String> {
    let item = |row| {
        let lines = &side.lines;
        let class = lines.class(row).map_or("unknown", TokenClass::label);
        let long = if lines.long_context(row) { " (long)" } else { "" };
        let texts = [lines.tier(row), lines.model(row), lines.action(row)].map(|sym| names.text(sym));
        format!("{} {}{}: {class}{long}", texts[0], texts[1], texts[2])
    };
    rows(side).map(item).collect()
}

#[test]
fn an_export_by_line_items_is_taken_apart() {
    let (side, names) = bill(GROUPED).unwrap();
    let (lines, file) = (&side.lines, &side.lines.files()[0]);
    assert_eq!((file.format, file.rows, file.blank_rows, side.bad_rows.len()), ("platform-cost", 11, 1, 0));
    let expect =
        ["0.0000045", "0", "0.0000342", "0.8", "2.4", "0.5", "0.156945", "0.005305", "0.25", "0.000271", "-0.01"];
    assert_eq!(amounts(&side), expect);
    let expect = [
        "default gpt-4o-mini-2024-07-18: input",
        "default gpt-4o-mini-2024-07-18: cached input",
        "default gpt-4o-mini-2024-07-18: output",
        "priority gpt-5.6-sol: output",
        "default gpt-5.6-sol: input (long)",
        "default gpt-5.6-sol: cache writes",
        "batch gpt-image-2.5-sunburst: image output",
        "batch gpt-image-2.5-sunburst: input",
        " web search tool calls: tool fee",
        "assistants api file search: tool fee",
        " : unknown",
    ];
    assert_eq!(items(&side, &names), expect);
    assert_eq!(names.text(lines.item_text(10)), "Promotional credit");
    assert_eq!((text_of(lines.quantity(3)).as_str(), names.text(lines.unit(3))), ("20000", "tokens"));
    assert_eq!((lines.quantity(8), lines.span(8)), (None, 86_400));
    let texts = [lines.project(3), lines.account(3), lines.currency(3)].map(|sym| names.text(sym));
    assert_eq!(texts, ["proj_B", "org-EXAMPLE", ""], "dollars are the book's currency");
    assert!(rows(&side).all(|row| lines.day(row).unwrap().to_string() == "2026-09-28"));
}

#[test]
fn an_export_that_is_not_grouped_has_one_row_a_day() {
    let older = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n\
        1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.8958740000000000,usd,,,org-EXAMPLE,Personal\n\
        1759968000,1760054400,2025-10-09T00:00:00+00:00,2025-10-10T00:00:00+00:00,,,,,,\n";
    let newer = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email\n\
        1788048000,1788134400,2026-08-30T00:00:00+00:00,2026-08-31T00:00:00+00:00,,,,,,,,,,,,\n\
        1788134400,1788220800,2026-08-31T00:00:00,2026-09-01T00:00:00,0.003400000000000000000000000000000000,usd,,,,,,,org-_,,Personal,\n";
    for (file, day, amount) in [(older, "2025-10-05", "0.895874"), (newer, "2026-08-31", "0.0034")] {
        let (side, names) = bill(file).unwrap();
        let file = &side.lines.files()[0];
        assert_eq!((file.format, file.rows, file.blank_rows), ("platform-cost", 1, 1));
        assert_eq!((amounts(&side), side.lines.day(0).unwrap().to_string()), (vec![amount.to_owned()], day.to_owned()));
        assert_eq!(items(&side, &names), [" : unknown"]);
        assert!(side.lines.item_text(0).is_none());
    }
}

#[test]
fn pages_of_the_api_say_the_same_as_the_export() {
    let (side, names) = bill(PAGE).unwrap();
    assert_eq!((side.lines.files()[0].format, side.bad_rows.len()), ("platform-cost", 0));
    assert_eq!(amounts(&side), ["0", "0.0000045", "0.0000342"]);
    assert_eq!(items(&side, &names)[1], "default gpt-4o-mini-2024-07-18: input");
    let origins: Vec<_> = rows(&side).map(|row| side.lines.origin(row).line).collect();
    assert_eq!(origins, [3, 4, 5]);
    assert_eq!(side.coverage[0].days.len(), 1, "the empty bucket is covered");

    let csv = "start_time,amount_value,amount_currency,quantity,line_item,project_id,user_email\n\
        1781395200,0.0000342,USD,57,\"gpt-4o-mini-2024-07-18, output\",proj_x,\n";
    let (other, other_names) = bill(csv).unwrap();
    assert_eq!(side.lines.content(&names, 2), other.lines.content(&other_names, 0));
}

#[test]
fn amounts_in_pages_may_be_numbers() {
    let page = r#"{"object":"page","data":[{"object":"bucket","start_time":1738713600,"end_time":1738800000,"results":[{"object":"organization.costs.result","amount":{"value":14.858330207447157,"currency":"usd"},"line_item":null,"project_id":null,"organization_id":"org-EXAMPLE"}]}],"has_more":false,"next_page":null}"#;
    let (side, _) = bill(page).unwrap();
    assert_eq!(amounts(&side), ["14.858330207447157"]);
}

#[test]
fn pages_may_stand_together_on_many_lines_or_one_in_any_blocks() {
    let one_line = PAGE.replace('\n', " ");
    let later = PAGE.replace("178", "179").replace("proj_x", "proj_y");
    let files = [
        format!("{PAGE}\n{later}"),
        format!("{one_line}\n{}\n", later.replace('\n', "")),
        format!("{one_line}{later}"),
    ];
    let mut found = Vec::new();
    for file in &files {
        for block in (1..80).chain([1 << 16]) {
            let (side, names) = all(vec![input(Side::Bill, "b", file.as_bytes())], block).unwrap();
            assert_eq!((side.lines.len(), side.bad_rows.len()), (6, 0), "blocks of {block}");
            assert_eq!(side.lines.files()[0].bytes as usize, file.len());
            found.push(contents(&side.lines, &names));
        }
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_page_that_is_cut_off_or_of_another_kind_is_told() {
    let cut = &PAGE[..PAGE.find("\"next_page\"").unwrap() + 900];
    let (side, _) = bill(cut).unwrap();
    let bad = &side.bad_rows[0];
    assert!(bad.reason.contains("cut short"), "{}", bad.reason);
    assert_eq!((bad.line, bad.column.as_str()), (2, "row"));

    let usage = r#"{"object":"page","data":[{"start_time":1781395200,"end_time":1781481600,"results":[{"object":"organization.usage.completions.result","input_tokens":5,"output_tokens":1}]}]}"#;
    let (side, _) = bill(&format!("{PAGE}{usage}")).unwrap();
    assert_eq!(side.lines.len(), 3);
    assert!(side.bad_rows[0].reason.contains("another endpoint"), "{}", side.bad_rows[0].reason);

    let broken = PAGE.replace("\"start_time\":1781395200", "\"start_time\":\"soon\"");
    let (side, _) = bill(&broken).unwrap();
    assert_eq!((side.bad_rows[0].line, side.bad_rows[0].column.as_str()), (2, "start_time"));
}

#[test]
fn odd_exports_are_read_alike() {
    let lines: Vec<Vec<&str>> = [
        ["Amount_Value", " line_item ", "START_TIME", "user_email", "note", "amount_currency"],
        ["0.5", "\"gpt-4o, input\"", "1790553600", "Ada@Example.COM", "x", "eur"],
        ["", "", "1790640000", "", "", ""],
        ["1e-7", "GPT-9 surprise", "2026-09-30T00:00:00", " ada@example.com ", "", "USD"],
        ["", "\"gpt-4o, output\"", "1790726400", "", "", "usd"],
        ["1", "", "1790553600", "", "", "$"],
    ]
    .into_iter()
    .map(|row| row.to_vec())
    .collect();
    let file: String = lines.iter().map(|row| row.join(",") + "\r\n").collect();
    let (side, names) = bill(&format!("\u{FEFF}{file}")).unwrap();
    // What “$” is, nobody said.
    assert_eq!(amounts(&side), ["none", "0.0000001", "none"]);
    assert_eq!([0, 2].map(|row| text_of(side.lines.foreign(row))), ["0.5", "1"]);
    assert_eq!(
        rows(&side).map(|row| names.text(side.lines.user(row))).collect::<Vec<_>>(),
        ["ada@example.com", "ada@example.com", ""]
    );
    assert_eq!(rows(&side).map(|row| names.text(side.lines.currency(row))).collect::<Vec<_>>(), ["EUR", "", "$"]);
    assert_eq!(names.text(side.lines.item_text(1)), "GPT-9 surprise");
    assert_eq!(side.lines.files()[0].blank_rows, 1);
    let bad = &side.bad_rows[0];
    assert_eq!((bad.line, bad.column.as_str()), (5, "Amount_Value"));
    assert!(bad.reason.contains("is empty, though"), "{}", bad.reason);
}

#[test]
fn a_bucket_must_end_after_it_begins() {
    let file = "start_time,end_time,amount_value\n1790640000,1790553600,1\n1790640000,1790640000,1\n";
    let (side, _) = bill(file).unwrap();
    let bad: Vec<_> = side.bad_rows.iter().map(|bad| bad.column.as_str()).collect();
    assert_eq!((side.lines.len(), bad), (0, vec!["end_time", "end_time"]));
}

fn files(texts: &[&str]) -> SideRead {
    let inputs = texts.iter().enumerate().map(|(at, text)| {
        let mut one = input(Side::Bill, &format!("{at}.csv"), text.as_bytes());
        one.added = at as u32;
        one
    });
    all(inputs.collect(), 1 << 16).unwrap().0
}

fn standing(side: &SideRead) -> Vec<String> {
    rows(side).map(|row| side.lines.origin_text(row)).collect()
}

#[test]
fn the_same_days_as_export_and_as_pages_count_once() {
    // The page leaves out whose costs they are, and holds them by line item.
    let csv =
        "start_time,amount_value,amount_currency,organization_id\n1781395200,0.0000387,usd,org-x\n1781481600,,,\n";
    let side = files(&[csv, PAGE]);
    assert_eq!(standing(&side), ["1.csv:3", "1.csv:4", "1.csv:5"]);
    let [older] = side.superseded.as_slice() else { panic!("{:?}", side.superseded) };
    assert_eq!((older.account.as_str(), older.older_rows, older.newer_rows, older.shrunk), ("org-x", 1, 3, false));
    assert!(older.same_total);
}

#[test]
fn organizations_do_not_touch_each_other() {
    let of = |org: &str| format!("start_time,amount_value,organization_id\n1781395200,1,{org}\n");
    let side = files(&[&of("org-a"), &of("org-b")]);
    assert_eq!((side.lines.len(), side.repeated_rows, side.superseded.len()), (2, 0, 0));
}

#[test]
fn a_day_that_a_later_download_lists_as_empty_is_gone() {
    let head = "start_time,amount_value,organization_id\n";
    let older = format!("{head}1781395200,1,o\n1781481600,2,o\n");
    let newer = format!("{head}1781395200,1,o\n1781481600,,\n1781568000,3,o\n");
    let side = files(&[&older, &newer]);
    assert_eq!(standing(&side), ["0.csv:2", "1.csv:4"]);
    let [gone] = side.superseded.as_slice() else { panic!("{:?}", side.superseded) };
    assert_eq!((gone.day.to_string().as_str(), gone.newer_rows, gone.shrunk), ("2026-06-15", 0, true));
    // What the older of two lists as empty, the later may have.
    let side = files(&[&newer, &older.replace("1781395200", "1781654400")]);
    assert_eq!(side.superseded.len(), 0);
}
