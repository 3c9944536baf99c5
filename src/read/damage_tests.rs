//! Every format against damage: a cut or changed byte never panics, and every
//! row is still accounted for.

use proptest::prelude::*;

use crate::read::SideRead;
use crate::read::tests::{all, contents, input};
use crate::usage::{Names, Side};

const COST: &str = "start_time,end_time,amount_value,amount_currency,quantity,quantity_unit,line_item,project_id,organization_id\n1790467200,1790553600,,,,,,,\n1790553600,1790640000,0.0000342,usd,57.0,tokens,\"batch api | gpt-5_1, output, long context\",p,o\n1790553600,1790640000,-1,eur,,,Credit,,\n";
const COST_2024: &str = "timestamp,currency,name,cost_in_major\n1725148800,USD,GPT-4o,0.12345\n1725235200,USD,,\n";
const USAGE: &str = "start_time,end_time,model,batch,service_tier,num_model_requests,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_audio_tokens\n1788048000,1788134400,,,,,,,,,\n1788134400,1788220800,m,False,default,4.0,10,1,4,6,1\n";
const EMPTY: &str = "start_time,end_time,start_time_iso,end_time_iso\n1783814400,1783900800,x,y\n";
const COST_PAGES: &str = r#"{"object":"page","has_more":true,"data":[{"object":"bucket","start_time":1781395200,"end_time":1781481600,"results":[{"object":"organization.costs.result","amount":{"value":"0E-6176","currency":"usd"},"line_item":"m, \"input"},
 {"amount":{"value":1.5,"currency":"usd"},"line_item":null}]},{"start_time":1781481600,"end_time":1781568000,"results":[]}],"next_page":"x"}
{"object":"page","data":[{"start_time":1781568000,"end_time":1781654400,"results":[{"amount":{"value":2}}]}]}"#;
const USAGE_PAGE: &str = r#"{"data":[{"start_time":1730419200,"end_time":1730505600,"results":[{"object":"organization.usage.completions.result","input_tokens":5,"output_tokens":1,"batch":true},{"object":"organization.usage.images.result","images":4}]}],"has_more":false}"#;
const LOG: &str = r#"{"event_id":"e1","type":"COSTS","payload":{"day":"2026-06-10","hour":13,"identity":{"email":"A@x"},"measures":{"billing":[{"sku":"codex","cost":{"value":5,"unit":"CREDITS"}},{"sku":"GPT-5 - Output","quantity":{"value":2,"unit":"tokens"},"cost":{"value":"1","unit":"USD"}}]}}}
{"event_id":"e2","type":"OTHER"}
{"event_id":"e1","type":"COSTS","payload":{"day":"2026-06-10","measures":{"billing":[]}}}
"#;
const OPENROUTER: &str = "generation_id,created_at,cost_total,model_permaslug,tokens_prompt,cancelled\ng,2026-06-28 03:46:57.713,0.0123,openai/gpt,10,false\n";
const BATCH: &str = r#"{"id":"b","custom_id":"r","response":{"status_code":200,"body":{"id":"c1","created":1781395200,"model":"m","usage":{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":0}}}},"error":null}
{"id":"b2","custom_id":"r2","response":null,"error":{"code":"x"}}
"#;
const CREDITS: &str = "date_partition,account_id,email,usage_type,usage_credits,usage_quantity,usage_units\n2026-05-02,a,B@x,api.codex_fast_gpt_5_5_2026_04_23_text_cached_input_v_1,156.25,5000000,tokens\n";

const ALL: [&str; 10] = [COST, COST_2024, USAGE, EMPTY, COST_PAGES, USAGE_PAGE, LOG, OPENROUTER, BATCH, CREDITS];

fn read(content: &[u8], block: usize) -> Option<(SideRead, Names)> {
    all(vec![input(Side::Bill, "x", content)], block).ok()
}

/// What was read, as texts, with the places of rows and bad rows.
fn told(read: &(SideRead, Names)) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (side, names) = read;
    let origins = (0..side.lines.len() as u32).map(|row| side.lines.origin_text(row)).collect();
    let bad =
        side.bad_rows.iter().map(|bad| format!("{}:{}: {} {}", bad.line, bad.column, bad.reason, bad.key)).collect();
    (contents(&side.lines, names), origins, bad)
}

#[test]
fn every_sample_is_read_without_a_bad_row() {
    for sample in ALL {
        let (side, _) = read(sample.as_bytes(), 1 << 16).unwrap_or_else(|| panic!("{sample}"));
        assert_eq!(side.bad_rows, [], "{sample}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics_and_every_row_is_accounted_for(
        which in 0usize..ALL.len(),
        harm in proptest::collection::vec((0usize..700, any::<u8>()), 0..6),
        cut in 0usize..900,
        block in 1usize..200,
    ) {
        let mut content = ALL[which].as_bytes().to_vec();
        for (at, byte) in harm {
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
        }
        content.truncate(cut.max(1));
        if let Some((side, _)) = read(&content, block) {
            prop_assert!(side.bad_rows.windows(2).all(|pair| pair[0].line <= pair[1].line));
            let rows = side.lines.len() + side.superseded_lines.len() + side.repeated_rows as usize;
            prop_assert_eq!(rows, side.lines.files()[0].rows as usize);
        }
    }

    #[test]
    fn the_size_of_the_blocks_changes_nothing(
        which in 0usize..ALL.len(),
        harm in proptest::collection::vec((0usize..700, proptest::sample::select(&b"{}[]\",:0a\n"[..])), 0..2),
        block in 1usize..200,
    ) {
        let mut content = ALL[which].as_bytes().to_vec();
        for (at, byte) in harm {
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
        }
        let (whole, cut) = (read(&content, 1 << 16), read(&content, block));
        // A header that ends beyond the first block is looked for in it alone.
        if let (Some(whole), Some(cut)) = (&whole, &cut)
            && whole.0.lines.files()[0].format == cut.0.lines.files()[0].format
        {
            let ((lines, origins, bad), (cut_lines, cut_origins, cut_bad)) = (told(whole), told(cut));
            // Behind a broken page nothing is read up to the end of the block.
            prop_assume!(!bad.iter().chain(&cut_bad).any(|bad| bad.contains("is no page") || bad.contains("cut short")));
            prop_assert_eq!(lines, cut_lines);
            prop_assert_eq!(origins, cut_origins);
            prop_assert_eq!(bad, cut_bad);
        }
    }
}
