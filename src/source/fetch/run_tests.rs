//! Whole reports from a server that is made of answers.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::time::SystemTime;

use super::*;
use crate::source::fetch::{AdminKey, Answer, BucketWidth, Range};

const KEY: &str = "sk-admin-very-secret";

/// Gives its answers in order, and notes what was asked.
struct Script {
    answers: RefCell<VecDeque<Result<Answer, Lost>>>,
    asked: RefCell<Vec<String>>,
}

impl Transport for Script {
    fn get(&self, target: &str) -> Result<Answer, Lost> {
        self.asked.borrow_mut().push(target.to_owned());
        self.answers.borrow_mut().pop_front().expect("one answer for each request")
    }
}

/// Waits without waiting.
struct Still {
    now: Instant,
    waits: RefCell<Vec<Duration>>,
}

impl World for Still {
    fn now(&self) -> Instant {
        self.now
    }

    fn wait(&self, time: Duration) {
        self.waits.borrow_mut().push(time);
    }

    fn tell(&self, event: Event<'_>) {
        assert!(!format!("{event:?}").contains(KEY), "{event:?}");
    }
}

struct Outcome {
    result: Result<Fetched, FetchError>,
    asked: Vec<String>,
    waits: Vec<Duration>,
}

impl Outcome {
    fn fetched(&self) -> &Fetched {
        self.result.as_ref().unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.fetched().file).unwrap()
    }

    fn refusal(&self) -> &str {
        let text = &self.result.as_ref().unwrap_err().text;
        assert!(!text.contains(KEY), "{text}");
        text
    }
}

fn fetch(dir: &Path, answers: Vec<Result<Answer, Lost>>) -> Outcome {
    let key = AdminKey::new(KEY).unwrap();
    let script = Script { answers: RefCell::new(answers.into()), asked: RefCell::default() };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let world = Still { now: Instant::from_micros(now.as_micros() as i64), waits: RefCell::default() };
    let mut fetch = Fetch {
        transport: &script,
        asked: Asked { host: "api.example", key_from: "OPENAI_ADMIN_KEY", organization: None, key: &key },
        base: "https://api.example",
        folder: dir,
        world: &world,
        backoff: Backoff::new(1),
    };
    let range = Range { start: 1_767_225_600, end: 1_767_225_600 + 3 * 86_400, provisional: false };
    let result = fetch.run(&Job::new(Endpoint::Costs, range, BucketWidth::Day));
    assert!(result.is_err() || script.answers.borrow().is_empty(), "no request too few");
    Outcome { result, asked: script.asked.into_inner(), waits: world.waits.into_inner() }
}

fn body(day: i64, next: Option<&str>) -> String {
    let start = 1_767_225_600 + day * 86_400;
    let next_page = next.map_or("null".into(), |next| format!("\"{next}\""));
    format!(
        "{{\"object\":\"page\",\"data\":[{{\"object\":\"bucket\",\"start_time\":{start},\"end_time\":{},\"results\":[\
         {{\"amount\":{{\"value\":\"0.{day}0\"}},\"line_item\":\"x\",\"project_id\":\"p\",\"api_key_id\":\"k\"}}]}}],\
         \"has_more\":{},\"next_page\":{next_page}}}",
        start + 86_400,
        next.is_some()
    )
}

fn page(day: i64, next: Option<&str>) -> Result<Answer, Lost> {
    Ok(Answer { status: 200, body: body(day, next).into(), ..Answer::default() })
}

fn status(status: u16, retry_after: Option<&str>) -> Result<Answer, Lost> {
    Ok(Answer { status, retry_after: retry_after.map(str::to_owned), ..Answer::default() })
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn all_pages_are_asked_for_and_kept_as_they_came() {
    let dir = dir();
    let found = fetch(dir.path(), vec![page(0, Some("a=")), page(1, Some("b")), page(2, None)]);
    assert_eq!(found.text(), [body(0, Some("a=")), body(1, Some("b")), body(2, None), String::new()].join("\n"));
    let Fetched { pages, resumed, rows, bytes, notices, .. } = found.fetched();
    assert_eq!((*pages, *resumed, *rows, *bytes), (3, 0, 3, found.text().len() as u64));
    assert_eq!(notices, &[""; 0]);
    assert_eq!(found.asked[1], format!("{}&page=a%3D", found.asked[0]));
    assert_eq!(found.asked[2], format!("{}&page=b", found.asked[0]));
}

#[test]
fn what_passes_is_waited_for_and_asked_again() {
    let lost = Err(Lost::Connection("cannot be reached (connection reset)".into()));
    let mut cut = page(0, None);
    if let Ok(answer) = &mut cut {
        answer.body.truncate(60);
    }
    let dir = dir();
    let found = fetch(dir.path(), vec![status(429, Some("7")), status(500, None), lost, cut, page(0, None)]);
    assert_eq!(found.text(), body(0, None) + "\n", "nothing of a failed try is kept");
    assert!(found.waits[0] >= Duration::from_secs(7), "{:?}", found.waits);
    assert_eq!(found.waits.len(), 4);
    assert!(found.asked.iter().all(|target| target == &found.asked[0]));
}

#[test]
fn a_server_that_goes_on_failing_is_given_up_on_and_what_is_there_is_kept() {
    let dir = dir();
    let mut answers = vec![page(0, Some("a"))];
    answers.extend((0..6).map(|_| status(503, None)));
    let failed = fetch(dir.path(), answers);
    assert!(failed.refusal().contains("503") && failed.refusal().contains("goes on where it stopped"));
    assert_eq!((failed.asked.len(), failed.waits.len()), (7, 5));

    let found = fetch(dir.path(), vec![page(1, Some("b")), page(2, None)]);
    assert!(found.asked[0].ends_with("&page=a"), "{:?}", found.asked);
    assert_eq!((found.fetched().pages, found.fetched().resumed), (3, 1));
    assert_eq!(found.text(), [body(0, Some("a")), body(1, Some("b")), body(2, None), String::new()].join("\n"));
}

#[test]
fn a_whole_report_that_was_not_imported_is_not_asked_for_again() {
    let dir = dir();
    let first = fetch(dir.path(), vec![page(0, None)]).text();
    let again = fetch(dir.path(), vec![]);
    assert_eq!((again.text(), again.asked.len()), (first, 0));
}

#[test]
fn a_cursor_that_was_forgotten_begins_the_report_anew() {
    let dir = dir();
    fetch(dir.path(), vec![page(0, Some("a")), status(401, None)]).refusal();
    let found = fetch(dir.path(), vec![status(400, None), page(0, Some("c")), page(1, None)]);
    assert_eq!(found.text(), [body(0, Some("c")), body(1, None), String::new()].join("\n"));
    assert_eq!(found.fetched().resumed, 0);
    // A fresh question that is refused is not asked twice.
    let other = tempfile::tempdir().unwrap();
    assert_eq!(fetch(other.path(), vec![status(400, None)]).asked.len(), 1);
}

#[test]
fn what_asking_again_does_not_mend_stops_at_once() {
    for answer in [status(401, None), status(403, None), status(404, None), status(302, None)] {
        let dir = dir();
        let refused = fetch(dir.path(), vec![answer]);
        assert!(refused.refusal().contains("api.example"));
        assert!(refused.waits.is_empty());
    }
    let dir = dir();
    let for_good = Err(Lost::ForGood("cannot be trusted (expired)".into()));
    assert!(fetch(dir.path(), vec![for_good]).refusal().contains("api.example cannot be trusted (expired)"));
    let long = fetch(dir.path(), vec![status(429, Some("3600"))]);
    assert!(long.refusal().contains("429") && long.waits.is_empty());
}

#[test]
fn what_is_no_page_is_not_kept() {
    let answer = |body: &str| vec![Ok(Answer { status: 200, body: body.into(), ..Answer::default() })];
    let dir = dir();
    let html = fetch(dir.path(), answer("<html>Sign in</html>"));
    assert!(html.refusal().contains("line 1") && html.refusal().contains("--base-url"), "{}", html.refusal());
    let again = fetch(dir.path(), vec![page(0, Some("a")), page(1, Some("a"))]);
    assert!(again.refusal().contains("costs: page 2") && again.refusal().contains("never end"), "{}", again.refusal());
    let key = answer(&body(0, None).replace("\"p\"", &format!("\"{KEY}\"")));
    let other = tempfile::tempdir().unwrap();
    assert!(fetch(other.path(), key).refusal().contains("repeats the admin key"));
    for file in fs::read_dir(other.path()).unwrap() {
        assert!(!fs::read_to_string(file.unwrap().path()).unwrap().contains(KEY));
    }
}

#[test]
fn days_that_are_not_covered_and_dimensions_without_a_value_are_said() {
    let dir = dir();
    let blank = body(1, None).replace("\"api_key_id\":\"k\"", "\"api_key_id\":null");
    let found = fetch(dir.path(), vec![Ok(Answer { status: 200, body: blank.into(), ..Answer::default() })]);
    let notices = found.fetched().notices.join("\n");
    assert!(notices.contains("no row names its api_key_id"), "{notices}");
    assert!(notices.contains("2026-01-01;") && notices.contains("2026-01-03;"), "{notices}");
    assert!(!notices.contains("line_item"), "{notices}");
}
