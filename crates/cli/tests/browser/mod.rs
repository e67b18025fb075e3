//! A headless Chromium, driven through WebDriver.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

/// A browser window with its driver; both end with it.
pub struct Browser {
    driver: Child,
    /// Address of the session.
    session: String,
}

/// A file's address.
pub fn file_url(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Browser {
    /// Starts the browser; `None`, and a word about it, where there is none.
    pub fn start() -> Option<Self> {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                assert!(std::env::var_os("GTZAN_REQUIRE_BROWSER").is_none(), "chromedriver: {error}");
                eprintln!("skipped: there is no chromedriver to open the page with ({error})");
                return None;
            }
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let server = format!("http://127.0.0.1:{}", port.unwrap());
        // Of what the browser does on its own, nothing is wanted here.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let options = json!({"args": arguments});
        let wanted =
            json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}});
        let answer = post(&format!("{server}/session"), &json!({"capabilities": {"alwaysMatch": wanted}}));
        let session = format!("{server}/session/{}", answer["sessionId"].as_str().unwrap());
        Some(Self { driver, session })
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        post(&format!("{}/{command}", self.session), body)
    }

    pub fn open(&self, page: &Path) {
        self.go(&file_url(page));
    }

    pub fn go(&self, address: &str) {
        self.post("url", &json!({"url": address}));
    }

    /// Waits until a script returns what is true in JavaScript, and gives it; three minutes are enough for anything.
    #[track_caller]
    pub fn wait(&self, script: &str) -> Value {
        for _ in 0..1800 {
            let value = self.script(script);
            if !matches!(&value, Value::Null | Value::Bool(false)) && value != 0 && value != "" {
                return value;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("it never came to `{script}`; the page says {}", self.script("return document.body.innerText"));
    }

    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Types into an element, or gives paths to one that takes files.
    pub fn keys(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/value"), &json!({"text": text}));
    }

    fn element(&self, selector: &str) -> String {
        let element = self.post("element", &json!({"using": "css selector", "value": selector}));
        let id = element.as_object().and_then(|element| element.values().next()).and_then(Value::as_str);
        id.unwrap().to_owned()
    }

    /// What axe-core, whose text this is, finds wrong with the page, a line each.
    pub fn axe(&self, axe: &str) -> Vec<String> {
        self.script(axe);
        let run = "const done = arguments[0];
            axe.run(document, {resultTypes: ['violations']}).then(({violations}) => done(violations.map(
                ({id, nodes}) => `${id}: ${nodes.map(({html, failureSummary}) => html + failureSummary).join(' ')}`)));";
        let found = self.post("execute/async", &json!({"script": run, "args": []}));
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    }

    /// What a script returns.
    pub fn script(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// What the console complains of.
    pub fn console(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": "browser"}));
        entries.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Addresses of everything that was asked for.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": "performance"}));
        let request = |entry: &Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let sent = event["message"]["method"] == "Network.requestWillBeSent";
            sent.then(|| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned)).flatten()
        };
        entries.as_array().unwrap().iter().filter_map(request).collect()
    }

    /// Moves the pointer to the middle of an element.
    pub fn hover(&self, selector: &str) {
        let scroll = format!("document.querySelector('{selector}').scrollIntoView({{block: 'center'}})");
        self.script(&scroll);
        // A scroll hides what is told, and may be reported a moment later.
        sleep(Duration::from_millis(300));
        let element = self.post("element", &json!({"using": "css selector", "value": selector}));
        let moved = json!({"type": "pointerMove", "duration": 50, "x": 0, "y": 0, "origin": element});
        let pointer =
            json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [moved]});
        self.post("actions", &json!({"actions": [pointer]}));
    }

    /// Seconds that a player says it has to play; it is given five to find out.
    pub fn audio_seconds(&self, selector: &str) -> f64 {
        let script = "const done = arguments[0], player = document.querySelector('SELECTOR');
            player.onloadedmetadata = () => done(player.duration);
            player.onerror = () => done(-1);
            setTimeout(() => done(-2), 5000);
            player.preload = 'metadata'; player.load();";
        let script = script.replace("SELECTOR", selector);
        self.post("execute/async", &json!({"script": script, "args": []})).as_f64().unwrap()
    }

    /// Gives the window a width and the system a colour scheme.
    pub fn window(&self, width: u32, scheme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Keeps a picture of the whole page in the folder for test output, to be looked at.
    pub fn screenshot(&self, name: &str) {
        let taken = self.devtools("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        let bytes = base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), bytes).unwrap();
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The `value` of a WebDriver answer.
fn post(url: &str, body: &Value) -> Value {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
    let mut answer: Value =
        ureq::Agent::new_with_config(config).post(url).send_json(body).unwrap().body_mut().read_json().unwrap();
    let value = answer["value"].take();
    assert!(value["error"].is_null(), "{url}: {value}");
    value
}
