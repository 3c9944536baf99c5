use crate::read::NoteKind;
use crate::read::tests::{all, bill, input, text_of};
use crate::usage::{Modalities, Side};

const V2025: &str = "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,input_cached_image_tokens,output_image_tokens
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_A,10.0,user-A,key_A,gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0,53440.0,10646.0,5760.0,0.0,0.0,0.0,0.0,0.0,0.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_A,8.0,user-A,key_A,gpt-5-2025-08-07,FALSE,default,46264.0,60000.0,8192.0,38072.0,38072.0,60000.0,8192.0,0.0,0.0,0.0,0.0,0.0,0.0
1759881600,1759968000,2025-10-08T00:00:00+00:00,2025-10-09T00:00:00+00:00,,,,,,,,,,,,,,,,,,,,
";
const V2026: &str = "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,compute_units,input_tokens,output_tokens,input_cached_tokens,input_cache_write_tokens,input_uncached_tokens,input_text_tokens,output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,output_audio_tokens,input_image_tokens,input_cached_image_tokens,output_image_tokens
1788048000,1788134400,2026-08-30T00:00:00+00:00,2026-08-31T00:00:00+00:00,,,,,,,,,,,,,,,,,,,,,,
1788134400,1788220800,2026-08-31T00:00:00+00:00,2026-09-01T00:00:00+00:00,proj_,4.0,user-_,key_,gpt-4o-mini-2024-07-18,False,default,,31422.0,29.0,0.0,0.0,31422.0,31422.0,29.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
";
const PAGE: &str = r#"{"object":"page","data":[{"object":"bucket","start_time":1730419200,"end_time":1730505600,"results":[{"object":"organization.usage.completions.result","input_tokens":5000,"input_cached_tokens":1800,"input_cache_write_tokens":200,"input_uncached_tokens":3000,"output_tokens":1000,"input_text_tokens":2500,"output_text_tokens":800,"input_cached_text_tokens":1500,"input_audio_tokens":300,"input_cached_audio_tokens":100,"output_audio_tokens":100,"input_image_tokens":200,"input_cached_image_tokens":200,"output_image_tokens":100,"num_model_requests":5,"project_id":"proj_abc","user_id":"user-abc","api_key_id":"key_abc","model":"gpt-4o-mini-2024-07-18","batch":false,"service_tier":"default"}]}],"has_more":true,"next_page":"page_AAAAAGdGxdEiJdKOAAAAAGcqsYA="}"#;

#[test]
fn exports_of_both_years_have_their_tokens() {
    let (side, names) = bill(V2025).unwrap();
    let lines = &side.lines;
    let file = &lines.files()[0];
    assert_eq!((file.format, file.rows, file.blank_rows, side.bad_rows.len()), ("platform-usage", 2, 1, 0));
    let counts = |row| (lines.input(row), lines.cached(row), lines.output(row), lines.requests(row));
    assert_eq!(counts(0), (Some(59_200), Some(5_760), Some(10_646), Some(10)));
    assert_eq!(counts(1), (Some(46_264), Some(8_192), Some(60_000), Some(8)));
    assert_eq!((lines.cache_write(0), lines.modalities(0), lines.amount(0)), (None, None, None));
    let texts = [lines.project(0), lines.user(0), lines.api_key(0), lines.model(0), lines.tier(0), lines.action(0)];
    assert_eq!(
        texts.map(|sym| names.text(sym)),
        ["proj_A", "user-a", "key_A", "gpt-4o-2024-08-06", "default", "completions"]
    );
    assert_eq!((lines.day(0).unwrap().to_string().as_str(), lines.span(0)), ("2025-10-05", 86_400));

    let (side, _) = bill(V2026).unwrap();
    let lines = &side.lines;
    assert_eq!((lines.len(), lines.files()[0].blank_rows), (1, 1));
    assert_eq!(
        (lines.input(0), lines.cached(0), lines.cache_write(0), lines.output(0)),
        (Some(31_422), Some(0), Some(0), Some(29))
    );
}

#[test]
fn a_page_keeps_the_classes_apart() {
    let (side, names) = bill(PAGE).unwrap();
    let lines = &side.lines;
    assert_eq!((lines.files()[0].format, side.bad_rows.len()), ("platform-usage", 0));
    assert_eq!((lines.input(0), lines.cached(0), lines.cache_write(0)), (Some(5_000), Some(1_800), Some(200)));
    let modalities = Modalities {
        audio_input: 300,
        cached_audio_input: 100,
        audio_output: 100,
        image_input: 200,
        cached_image_input: 200,
        image_output: 100,
    };
    assert_eq!((lines.output(0), lines.requests(0), lines.modalities(0)), (Some(1_000), Some(5), Some(modalities)));
    assert_eq!((names.text(lines.action(0)), names.text(lines.tier(0))), ("completions", "default"));
    assert!(side.coverage[0].cut_short.is_some());
}

#[test]
fn every_endpoint_has_its_figures() {
    let result = |text: &str| {
        format!(
            r#"{{"object":"page","data":[{{"object":"bucket","start_time":1730419200,"end_time":1730422800,"results":[{text}]}}],"has_more":false}}"#
        )
    };
    let all = [
        (
            r#"{"object":"organization.usage.embeddings.result","input_tokens":16,"num_model_requests":2,"model":"text-embedding-3-small"}"#,
            "embeddings",
            "16 tokens",
            2,
        ),
        (
            r#"{"object":"organization.usage.moderations.result","input_tokens":17,"num_model_requests":3}"#,
            "moderations",
            "17 tokens",
            3,
        ),
        (
            r#"{"object":"organization.usage.images.result","images":4,"num_model_requests":4,"size":"1024x1024","source":"image.generation"}"#,
            "images",
            "4 images",
            4,
        ),
        (
            r#"{"object":"organization.usage.audio_speeches.result","characters":45,"num_model_requests":1}"#,
            "audio_speeches",
            "45 characters",
            1,
        ),
        (
            r#"{"object":"organization.usage.audio_transcriptions.result","seconds":34.5,"num_model_requests":1}"#,
            "audio_transcriptions",
            "34.5 seconds",
            1,
        ),
        (
            r#"{"object":"organization.usage.vector_stores.result","usage_bytes":1073741824}"#,
            "vector_stores",
            "1073741824 bytes",
            0,
        ),
        (
            r#"{"object":"organization.usage.code_interpreter_sessions.result","num_sessions":1}"#,
            "code_interpreter_sessions",
            "1 sessions",
            0,
        ),
        (
            r#"{"object":"organization.usage.file_search_calls.result","num_requests":6}"#,
            "file_search_calls",
            "6 calls",
            0,
        ),
        (
            r#"{"object":"organization.usage.web_search_calls.result","num_requests":7,"num_model_requests":5,"context_level":"medium"}"#,
            "web_search_calls",
            "7 calls",
            5,
        ),
        (
            r#"{"object":"organization.usage.completions.result","input_tokens":1,"output_tokens":2,"num_model_requests":1,"batch":true,"service_tier":"default"}"#,
            "completions",
            "1 tokens",
            1,
        ),
    ];
    for (text, action, figure, requests) in all {
        let (side, names) = bill(&result(text)).unwrap();
        assert_eq!((side.lines.len(), side.bad_rows.len()), (1, 0), "{action}");
        let lines = &side.lines;
        let said = match lines.quantity(0) {
            Some(_) => format!("{} {}", text_of(lines.quantity(0)), names.text(lines.unit(0))),
            None => format!("{} tokens", lines.input(0).unwrap()),
        };
        assert_eq!((names.text(lines.action(0)), said.as_str()), (action, figure));
        assert_eq!((lines.requests(0).unwrap_or(0), lines.span(0)), (requests, 3_600), "{action}");
    }
    // Older descriptions of the API call the list `result`.
    let (side, names) = bill(&result(all[9].0).replace("\"results\"", "\"result\"")).unwrap();
    assert_eq!(names.text(side.lines.tier(0)), "batch");
}

#[test]
fn counts_that_do_not_add_up_are_not_chosen_from() {
    let head = "start_time,end_time,model,input_tokens,output_tokens,input_cached_tokens,input_cache_write_tokens,input_uncached_tokens\n";
    let row = |counts: &str| format!("1788134400,1788220800,m,{counts}\n");
    let file = [
        row("10,1,2,3,5"),
        row("10,1,2,3,6"),
        row(",1,2,3,5"),
        row("10,1,2,,"),
        row("1,1,2,,"),
        row(",1,2,,"),
        row("10,1,,,10"),
        row("-1,1,,,"),
        row("1.5,1,,,"),
    ];
    let (side, _) = bill(&(head.to_owned() + &file.concat())).unwrap();
    let counts: Vec<_> = (0..side.lines.len() as u32)
        .map(|row| (side.lines.input(row), side.lines.cached(row), side.lines.cache_write(row)))
        .collect();
    let expect =
        [(Some(10), Some(2), Some(3)), (Some(10), Some(2), Some(3)), (Some(10), Some(2), None), (Some(10), None, None)];
    assert_eq!(counts, expect);
    let bad: Vec<_> = side.bad_rows.iter().map(|bad| bad.line).collect();
    assert_eq!(bad, [3, 6, 7, 9, 10]);
    assert_eq!(
        side.bad_rows[0].reason,
        "says 10 tokens, which is not the sum of its parts (6 uncached, 2 cached, 3 written to the cache), and which of them counts cannot be guessed; download the file once more, or leave the row out with a reason"
    );
}

#[test]
fn spellings_of_flags_and_tiers_are_one() {
    let head = "model,BATCH,Service_Tier,end_time,start_time,num_model_requests,output_tokens,input_tokens,surprise\n";
    let row = |batch: &str, tier: &str| format!("m,{batch},{tier},1788220800,1788134400,4.0,2,1,x\n");
    let file = [
        row("TRUE", "default"),
        row("False", "Flex"),
        row("FALSE", "incentivized-tier"),
        row("", ""),
        row("maybe", ""),
    ];
    let (side, names) = bill(&(head.to_owned() + &file.concat())).unwrap();
    let tiers: Vec<_> = (0..4).map(|row| names.text(side.lines.tier(row))).collect();
    assert_eq!(tiers, ["batch", "flex", "incentivized-tier", ""]);
    assert_eq!((side.lines.requests(0), side.bad_rows[0].column.as_str()), (Some(4), "BATCH"));
}

#[test]
fn a_row_that_lists_only_its_time_is_no_usage() {
    let head = "start_time,end_time,model,input_tokens,output_tokens,num_model_requests\n";
    let (side, _) = bill(&format!("{head}1788134400,1788220800,,,,\n1788220800,1788307200,,0,0,0\n")).unwrap();
    assert_eq!((side.lines.len(), side.lines.files()[0].blank_rows), (1, 1), "zero is not blank");
}

fn files(texts: &[&str]) -> crate::read::SideRead {
    let inputs = texts.iter().enumerate().map(|(at, text)| {
        let mut one = input(Side::Bill, &at.to_string(), text.as_bytes());
        one.added = at as u32;
        one
    });
    all(inputs.collect(), 1 << 16).unwrap().0
}

#[test]
fn endpoints_of_the_same_days_stand_beside_each_other() {
    let embeddings = PAGE
        .replace("completions", "embeddings")
        .replace("\"output_tokens\":1000,", "")
        .replace("5000", "5001")
        .replace("3000", "3001");
    let side = files(&[PAGE, &embeddings, PAGE]);
    assert_eq!((side.lines.len(), side.repeated_rows, side.superseded.len()), (2, 1, 0));
}

#[test]
fn pages_that_share_a_day_without_overlapping_are_one_download() {
    let hour = |start: u32| {
        let end = start + 3_600;
        format!(
            r#"{{"start_time":{start},"end_time":{end},"results":[{{"object":"organization.usage.completions.result","input_tokens":{start},"output_tokens":1}}]}}"#
        )
    };
    let page = |starts: std::ops::Range<u32>| {
        let buckets: Vec<String> = starts.map(|n| hour(1_788_134_400 + n * 3_600)).collect();
        format!(r#"{{"object":"page","data":[{}],"has_more":false}}"#, buckets.join(","))
    };
    let side = files(&[&page(0..12), &page(12..30)]);
    assert_eq!((side.lines.len(), side.superseded.len(), side.repeated_rows), (30, 0, 0));
    // Where they do overlap, an hour counts once.
    let side = files(&[&page(0..12), &page(11..30)]);
    assert_eq!((side.lines.len(), side.superseded.len(), side.repeated_rows), (30, 0, 1));
}

/// A page of buckets of so many seconds from 2026-08-31 on, by number, each
/// with as many requests as given.
fn piece(width: u32, buckets: &[(u32, u32)]) -> String {
    let bucket = |(number, requests): &(u32, u32)| {
        let (start, end) = (1_788_134_400 + number * width, 1_788_134_400 + (number + 1) * width);
        let result = format!(
            r#"{{"object":"organization.usage.completions.result","input_tokens":{requests},"output_tokens":1,"num_model_requests":{requests}}}"#
        );
        let results = if *requests == 0 { "" } else { &result };
        format!(r#"{{"start_time":{start},"end_time":{end},"results":[{results}]}}"#)
    };
    let buckets: Vec<String> = buckets.iter().map(bucket).collect();
    format!(r#"{{"object":"page","data":[{}],"has_more":false}}"#, buckets.join(","))
}

/// File and requests of each line that counts.
fn counting(side: &crate::read::SideRead) -> Vec<String> {
    let row = |row: u32| {
        let file = side.lines.source(row).path.display().to_string();
        format!("{file}: {}", side.lines.requests(row).unwrap_or(0))
    };
    (0..side.lines.len() as u32).map(row).collect()
}

#[test]
fn pieces_of_a_day_are_joined_minute_by_minute() {
    let (first, second) = (piece(60, &[(600, 5), (601, 3), (602, 1)]), piece(60, &[(601, 3), (602, 4), (603, 2)]));
    for texts in [[&first[..], &second], [&second, &first]] {
        let side = files(&texts);
        let mut found = counting(&side);
        found.iter_mut().for_each(|row| *row = row.split_off(3));
        found.sort_unstable();
        // The minute that was still going on is that of the later download.
        let grown = if texts[0] == first { "4" } else { "1" };
        let mut expect = ["5", "3", grown, "2"];
        expect.sort_unstable();
        assert_eq!(found, expect);
        assert_eq!((side.repeated_rows, side.superseded.len(), side.superseded_lines.len()), (1, 1, 1));
        assert_eq!(side.superseded[0].shrunk, texts[0] == second, "the later says less of that minute");
    }
}

#[test]
fn a_minute_that_the_later_piece_lists_as_empty_is_gone() {
    let side = files(&[&piece(60, &[(600, 5), (601, 3)]), &piece(60, &[(601, 0), (602, 2)])]);
    assert_eq!(counting(&side), ["0: 5", "1: 2"]);
    assert!(side.superseded[0].shrunk);
}

#[test]
fn a_whole_day_counts_instead_of_all_pieces_of_it() {
    let (early, late, day) = (piece(60, &[(600, 5)]), piece(60, &[(900, 7)]), piece(86_400, &[(0, 40)]));
    for texts in [[&early[..], &late, &day], [&day, &early, &late], [&early, &day, &late]] {
        let side = files(&texts);
        assert_eq!((side.lines.len(), side.lines.requests(0)), (1, Some(40)), "{texts:?}");
        assert_eq!((side.superseded_lines.len(), side.superseded.len()), (2, 2));
        assert!(side.superseded.iter().all(|day| !day.shrunk));
    }
    // A piece that runs into the next day is not the later download of the first.
    let over_midnight = piece(60, &[(1_439, 7), (1_440, 3)]);
    let side = files(&[&day, &over_midnight]);
    assert_eq!(counting(&side), ["0: 40", "1: 3"]);
    let notes: Vec<&str> =
        side.coverage_notes.iter().filter(|n| n.kind == NoteKind::Part).map(|n| &n.text[..]).collect();
    assert_eq!(
        notes,
        [
            "1 holds a part of 2026-08-31 only. 0 holds all of it and counts instead.",
            "1 holds a part of 2026-09-01 only. It counts until a download holds the whole day."
        ]
    );
    // A day that shrank against what a piece of it held is told of.
    let side = files(&[&piece(60, &[(600, 50)]), &day]);
    assert!(side.superseded[0].shrunk);
}

#[test]
fn a_bucket_that_cannot_be_cut_counts_whole() {
    let side = files(&[&piece(3_600, &[(10, 9)]), &piece(60, &[(659, 2), (660, 3)])]);
    assert_eq!(counting(&side), ["0: 9", "1: 3"]);
    assert_eq!(side.superseded_lines.len(), 1);
}
